//! The timeouts of a graceful shutdown.

use std::time::Duration;

/// How long each phase of the end of a program may take, once it is told to end.
///
/// ```
/// use std::time::Duration;
///
/// let termination = ops::Termination::default();
/// assert_eq!((termination.delay, termination.finish), (Duration::from_secs(5), Duration::from_secs(30)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Termination {
    /// For how long the program goes on as before when readiness is off, so that all who send it work have seen that: as
    /// many periods of the readiness probe as make it fail, and a little more. 5 s.
    pub delay: Duration,
    /// How long what is in flight may take to finish, once no more is accepted. 30 s.
    pub finish: Duration,
}

impl Default for Termination {
    fn default() -> Self {
        Termination { delay: Duration::from_secs(5), finish: Duration::from_secs(30) }
    }
}

impl Termination {
    /// Sets [`delay`](Self::delay).
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sets [`finish`](Self::finish).
    #[must_use]
    pub fn finish(mut self, finish: Duration) -> Self {
        self.finish = finish;
        self
    }
}
