//! What one run of a check came to.

use super::Outcome;
use crate::descriptor::Status;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Healthy,
    Degraded,
    Unhealthy,
    TimedOut,
    Panicked,
    /// The runtime that it ran on, or was asked from, shut down.
    Stopped,
}

impl End {
    /// All of them, as metrics list them.
    pub(super) const ALL: [End; 6] =
        [End::Degraded, End::Healthy, End::Panicked, End::Stopped, End::TimedOut, End::Unhealthy];

    /// The value of the label `result`.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            End::Healthy => "healthy",
            End::Degraded => "degraded",
            End::Unhealthy => "unhealthy",
            End::TimedOut => "timeout",
            End::Panicked => "panic",
            End::Stopped => "stopped",
        }
    }
}

/// What a run came to, and how.
pub(super) struct Ran {
    pub(super) outcome: Outcome,
    pub(super) end: End,
}

impl Ran {
    pub(super) fn new(end: End, outcome: Outcome) -> Self {
        Ran { outcome, end }
    }
}

impl From<Outcome> for Ran {
    fn from(outcome: Outcome) -> Self {
        let end = match outcome.status() {
            Status::Healthy => End::Healthy,
            Status::Degraded => End::Degraded,
            Status::Unknown | Status::Unhealthy => End::Unhealthy,
        };
        Ran { outcome, end }
    }
}

/// A run that has a result.
pub(super) struct Finished {
    pub(super) outcome: Outcome,
    pub(super) end: End,
    /// What the check was from then on, all runs in a row considered.
    pub(super) status: Status,
    pub(super) at: Instant,
    pub(super) time: SystemTime,
    pub(super) duration: Duration,
}

/// How often a check ran, and for how long.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    ends: [u64; End::ALL.len()],
    pub(super) duration: Duration,
}

impl Tally {
    pub(super) fn count(&mut self, finished: &Finished) {
        self.ends[finished.end as usize] += 1;
        self.duration = self.duration.saturating_add(finished.duration);
    }

    /// The runs that ended so.
    pub(super) fn of(&self, end: End) -> u64 {
        self.ends[end as usize]
    }

    /// All runs.
    pub(super) fn runs(&self) -> u64 {
        self.ends.iter().sum()
    }
}
