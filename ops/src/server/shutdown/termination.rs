//! The timeouts of a graceful shutdown.

use std::time::Duration;

/// The timeouts of the phases of a graceful shutdown; see [`Running::end_on_signal`](crate::Running::end_on_signal).
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
}

impl Default for Termination {
    fn default() -> Self {
        Termination { drain_delay: Duration::from_secs(5), grace_period: Duration::from_secs(30) }
    }
}

impl Termination {
    /// Sets how long the program keeps accepting work after readiness is off, so that load balancers notice: the period of the
    /// readiness probe times its failure threshold, and a margin.
    ///
    /// Default: 5 s.
    #[must_use]
    pub fn drain_delay(mut self, drain_delay: Duration) -> Self {
        self.drain_delay = drain_delay;
        self
    }

    /// Sets how long work in flight may take once no more is accepted; then it is abandoned.
    ///
    /// Default: 30 s.
    #[must_use]
    pub fn grace_period(mut self, grace_period: Duration) -> Self {
        self.grace_period = grace_period;
        self
    }
}
