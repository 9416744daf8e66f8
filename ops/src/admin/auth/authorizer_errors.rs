//! The counter `ops_authorizer_errors_total`: failures of the external authorizer.

use crate::descriptor::MetricKind;
use crate::metric::{Instrument, Part, Reader, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The reason an authorizer made no decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The authorizer returned an error.
    Error,
    /// Too many decisions were pending.
    Overload,
    /// The authorizer panicked.
    Panic,
    /// The runtime of the application has shut down.
    Stopped,
    /// The authorizer timed out.
    Timeout,
}

impl Reason {
    const ALL: [Reason; 5] = [Reason::Error, Reason::Overload, Reason::Panic, Reason::Stopped, Reason::Timeout];

    /// Returns the value of the label `reason`.
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

/// Counts of failed decisions, by reason.
#[derive(Debug, Default)]
pub(super) struct AuthorizerErrors([AtomicU64; Reason::ALL.len()]);

impl AuthorizerErrors {
    pub(super) fn count(&self, reason: Reason) {
        self.0[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self, reason: Reason) -> u64 {
        self.0[reason as usize].load(Ordering::Relaxed)
    }

    /// Returns the count of the reason with this label value.
    #[cfg(test)]
    pub(super) fn of(&self, name: &str) -> u64 {
        Reason::ALL.into_iter().filter(|reason| reason.as_str() == name).map(|reason| self.get(reason)).sum()
    }
}

/// The counter `ops_authorizer_errors_total`.
#[derive(Debug)]
pub(crate) struct AuthorizerErrorMetrics(pub(super) Arc<AuthorizerErrors>);

impl Instrument for AuthorizerErrorMetrics {
    fn parts(&self) -> Vec<Part> {
        let help = "Requests denied because the authorizer made no decision, by reason.";
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
