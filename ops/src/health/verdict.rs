//! Threshold logic: the status changes after a number of consecutive failures or successes.

use crate::descriptor::{CheckDescriptor, Status};

/// The status of a check as decided by its consecutive runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    status: Status,
    /// `true` if the last run succeeded; degraded is a success.
    succeeded: bool,
    /// Number of consecutive runs with that result.
    consecutive_runs: u32,
}

impl Verdict {
    pub(super) fn new(initial: Status) -> Self {
        Verdict { status: initial, succeeded: false, consecutive_runs: 0 }
    }

    /// Returns the number of consecutive successful or failed runs up to the last one.
    pub(super) fn consecutive_runs(&self) -> u32 {
        self.consecutive_runs
    }

    /// Counts a run with the status `found`. Returns the resulting status of the check.
    pub(super) fn record(&mut self, found: Status, descriptor: &CheckDescriptor) -> Status {
        let succeeded = found.is_serving();
        let before = if succeeded == self.succeeded { self.consecutive_runs } else { 0 };
        (self.succeeded, self.consecutive_runs) = (succeeded, before.saturating_add(1));
        let needed = if succeeded { descriptor.success_threshold } else { descriptor.failure_threshold };
        let agrees = self.status != Status::Unknown && self.status.is_serving() == succeeded;
        if agrees || self.consecutive_runs >= needed {
            self.status = found;
        }
        self.status
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Status::{Degraded, Healthy, Unhealthy, Unknown};

    fn after(initial: Status, descriptor: &CheckDescriptor, found: &[Status]) -> Vec<Status> {
        let mut verdict = Verdict::new(initial);
        found.iter().map(|found| verdict.record(*found, descriptor)).collect()
    }

    #[test]
    fn a_success_resets_the_count_of_failures() {
        let three = CheckDescriptor::new("it").failure_threshold(3);
        let statuses = [Healthy, Unhealthy, Unhealthy, Healthy, Unhealthy, Unhealthy, Unhealthy, Healthy];
        let expected = [Healthy, Healthy, Healthy, Healthy, Healthy, Healthy, Unhealthy, Healthy];
        assert_eq!(after(Unknown, &three, &statuses), expected);
    }

    #[test]
    fn a_failure_resets_the_count_of_successes() {
        let two = CheckDescriptor::new("it").success_threshold(2);
        let statuses = [Unhealthy, Healthy, Unhealthy, Healthy, Healthy];
        assert_eq!(after(Unknown, &two, &statuses), [Unhealthy, Unhealthy, Unhealthy, Unhealthy, Healthy]);
    }

    #[test]
    fn status_is_unchanged_until_a_threshold_is_reached() {
        let both = CheckDescriptor::new("it").failure_threshold(2).success_threshold(2);
        assert_eq!(after(Unknown, &both, &[Unhealthy, Healthy, Healthy]), [Unknown, Unknown, Healthy]);
        assert_eq!(after(Healthy, &both, &[Unhealthy, Healthy, Unhealthy]), [Healthy; 3]);
        assert_eq!(after(Unhealthy, &both, &[Healthy, Unhealthy]), [Unhealthy; 2]);
    }

    #[test]
    fn degraded_is_a_success_and_keeps_the_success_count() {
        let three = CheckDescriptor::new("it").failure_threshold(3).success_threshold(3);
        assert_eq!(after(Healthy, &three, &[Degraded, Healthy, Degraded]), [Degraded, Healthy, Degraded]);
        assert_eq!(after(Unhealthy, &three, &[Degraded, Healthy, Degraded]), [Unhealthy, Unhealthy, Degraded]);
    }
}
