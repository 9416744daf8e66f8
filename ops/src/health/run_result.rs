//! The outcome and result of a run of a check.

use crate::descriptor::Status;
use crate::health::Outcome;
use ops_core::unwind::PanicMessage;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// The ways a run can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunEnd {
    Healthy,
    Degraded,
    Unhealthy,
    TimedOut,
    Panicked,
    /// The tokio runtime of the check or of its caller shut down.
    Stopped,
}

impl RunEnd {
    /// All variants, in the order in which metrics list them.
    pub(super) const ALL: [RunEnd; 6] =
        [RunEnd::Degraded, RunEnd::Healthy, RunEnd::Panicked, RunEnd::Stopped, RunEnd::TimedOut, RunEnd::Unhealthy];

    /// Returns the value of the label `result`.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            RunEnd::Healthy => "healthy",
            RunEnd::Degraded => "degraded",
            RunEnd::Unhealthy => "unhealthy",
            RunEnd::TimedOut => "timeout",
            RunEnd::Panicked => "panic",
            RunEnd::Stopped => "stopped",
        }
    }
}

/// The outcome of a run, and the way it ended.
pub(super) struct RunOutcome {
    pub(super) outcome: Outcome,
    pub(super) end: RunEnd,
}

impl RunOutcome {
    pub(super) fn new(end: RunEnd, outcome: Outcome) -> Self {
        RunOutcome { outcome, end }
    }
}

impl From<Outcome> for RunOutcome {
    fn from(outcome: Outcome) -> Self {
        let end = match outcome.status() {
            Status::Healthy => RunEnd::Healthy,
            Status::Degraded => RunEnd::Degraded,
            _ => RunEnd::Unhealthy,
        };
        RunOutcome { outcome, end }
    }
}

impl From<PanicMessage> for RunOutcome {
    fn from(message: PanicMessage) -> Self {
        RunOutcome::new(RunEnd::Panicked, Outcome::unhealthy(format_args!("panicked: {message}")))
    }
}

/// The result of a finished run.
pub(super) struct RunResult {
    pub(super) outcome: Outcome,
    pub(super) end: RunEnd,
    /// The status of the check after this run, with the thresholds applied.
    pub(super) status: Status,
    /// The end of the run, on the monotonic clock and as time of day.
    pub(super) at: Instant,
    pub(super) time: SystemTime,
    pub(super) duration: Duration,
}
