//! The timeouts of a graceful shutdown.

use std::time::Duration;

/// The timeouts of the phases of a graceful shutdown; see [`Running::run`](crate::Running::run).
///
/// With the default [`shutdown_timeout`](crate::Limits::shutdown_timeout) of 5 s, the defaults add up to 28 s, less than the
/// default `terminationGracePeriodSeconds` of Kubernetes, 30 s.
///
/// ```
/// use std::time::Duration;
///
/// let termination = ops::Termination::default().drain_delay(Duration::from_secs(15)).grace_period(Duration::from_secs(60));
/// # drop(termination);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Termination {
    pub(super) drain_delay: Duration,
    pub(super) grace_period: Duration,
    pub(super) exit_timeout: Duration,
}

impl Default for Termination {
    fn default() -> Self {
        Termination {
            drain_delay: Duration::from_secs(5),
            grace_period: Duration::from_secs(15),
            exit_timeout: Duration::from_secs(3),
        }
    }
}

impl Termination {
    /// Sets how long the program keeps serving after readiness is off.
    ///
    /// Load balancers need this time to stop sending requests: use the period of the readiness probe times its failure threshold,
    /// plus a margin. Ctrl-C (SIGINT) skips this delay.
    ///
    /// Default: 5 s.
    #[must_use]
    pub fn drain_delay(mut self, drain_delay: Duration) -> Self {
        self.drain_delay = drain_delay;
        self
    }

    /// Sets how long work in flight may take after the shutdown signal; then it is abandoned.
    ///
    /// Default: 15 s.
    #[must_use]
    pub fn grace_period(mut self, grace_period: Duration) -> Self {
        self.grace_period = grace_period;
        self
    }

    /// Sets how long the process may take to exit after shutdown; then it is terminated.
    ///
    /// The usual cause of a delay is a blocking task of the runtime, such as a read from standard input.
    ///
    /// Default: 3 s.
    #[must_use]
    pub fn exit_timeout(mut self, exit_timeout: Duration) -> Self {
        self.exit_timeout = exit_timeout;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::Limits;

    #[test]
    fn defaults_fit_the_termination_grace_period_of_kubernetes() {
        let Termination { drain_delay, grace_period, exit_timeout } = Termination::default();
        let total = drain_delay + grace_period + exit_timeout + Limits::default().shutdown_timeout;
        assert_eq!(total, Duration::from_secs(28));
    }
}
