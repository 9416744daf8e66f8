//! The counter of decisions that an external authorizer did not make.

use crate::registry::Metrics;
use ops_core::metric::attr;
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
    /// Creates the counter and registers it, unless another server of the same metrics has.
    pub(super) fn registered(metrics: &Metrics) -> Arc<AuthorizerErrors> {
        let errors = Arc::new(AuthorizerErrors::default());
        let counted = errors.clone();
        let _ = metrics.collect_counter(
            "ops_authorizer_errors_total",
            "Decisions that the authorizer did not make, each of them a refusal, by reason.",
            move |family| {
                for reason in Reason::ALL {
                    family.set(counted.get(reason) as f64, &[attr("reason", reason.as_str())]);
                }
            },
        );
        errors
    }

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
