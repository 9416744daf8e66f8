//! The counter of decisions that an external authorizer did not make.

use crate::descriptor::MetricKind;
use crate::metric::{Instrument, Part, Reader, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Reasons an authorizer makes no decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// It returned an error.
    Error,
    /// Too many decisions were pending.
    Overload,
    /// It panicked.
    Panic,
    /// The runtime of the application has shut down.
    Stopped,
    /// It took too long.
    Timeout,
}

impl Reason {
    const ALL: [Reason; 5] = [Reason::Error, Reason::Overload, Reason::Panic, Reason::Stopped, Reason::Timeout];

    /// The value of the label `reason`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Reason::Error => "error",
            Reason::Overload => "overload",
            Reason::Panic => "panic",
            Reason::Stopped => "stopped",
            Reason::Timeout => "timeout",
        }
    }
}

/// The decisions that were not made, by reason.
#[derive(Debug, Default)]
pub(super) struct AuthorizerErrors([AtomicU64; Reason::ALL.len()]);

impl AuthorizerErrors {
    pub(super) fn count(&self, reason: Reason) {
        self.0[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self, reason: Reason) -> u64 {
        self.0[reason as usize].load(Ordering::Relaxed)
    }

    /// The count of the reason of this name.
    #[cfg(test)]
    pub(super) fn of(&self, name: &str) -> u64 {
        Reason::ALL.into_iter().filter(|reason| reason.as_str() == name).map(|reason| self.get(reason)).sum()
    }
}

/// The decisions that were not made, as a metric.
#[derive(Debug)]
pub(crate) struct AuthorizerErrorMetrics(pub(super) Arc<AuthorizerErrors>);

impl Instrument for AuthorizerErrorMetrics {
    fn parts(&self) -> Vec<Part> {
        let help = "Decisions that the authorizer did not make, each of them a refusal, by reason.";
        vec![Part::new("", MetricKind::Counter).help(help).labels(vec!["reason"])]
    }

    fn collect(&self, _part: usize, _reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        for reason in Reason::ALL {
            series(&format!("reason=\"{}\"", reason.as_str()), Value::counter(self.0.get(reason)));
        }
    }

    fn overflowed(&self) -> u64 {
        0
    }
}
