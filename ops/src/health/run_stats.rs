//! Statistics on the runs of a check.

use super::run_result::{RunEnd, RunResult};
use std::time::Duration;

/// Number of runs by result, and their total duration.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RunStats {
    ends: [u64; RunEnd::ALL.len()],
    pub(super) duration: Duration,
}

impl RunStats {
    /// Counts a run.
    pub(super) fn count(&mut self, result: &RunResult) {
        self.ends[result.end as usize] += 1;
        self.duration = self.duration.saturating_add(result.duration);
    }

    /// Returns the number of runs that ended with `end`.
    pub(super) fn of(&self, end: RunEnd) -> u64 {
        self.ends[end as usize]
    }

    /// Returns the total number of runs.
    pub(super) fn runs(&self) -> u64 {
        self.ends.iter().sum()
    }
}
