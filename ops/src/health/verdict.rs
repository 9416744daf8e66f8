//! The verdict on a check: its status changes after a threshold of consecutive failures or successes.

use crate::descriptor::{CheckDescriptor, Status};

/// The status of a check that follows from its consecutive runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    status: Status,
    /// Whether the last run succeeded, which a degraded one does.
    succeeded: bool,
    /// The number of consecutive runs that ended so.
    consecutive_runs: u32,
}

impl Verdict {
    pub(super) fn new(initial: Status) -> Self {
        Verdict { status: initial, succeeded: false, consecutive_runs: 0 }
    }

    /// Returns the number of last runs that all succeeded, or all failed.
    pub(super) fn consecutive_runs(&self) -> u32 {
        self.consecutive_runs
    }

    /// Counts a run with the status `found`. Returns the status of the check from now on.
    pub(super) fn take(&mut self, found: Status, descriptor: &CheckDescriptor) -> Status {
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
        found.iter().map(|found| verdict.take(*found, descriptor)).collect()
    }

    #[test]
    fn a_success_resets_the_count_of_failures() {
        let three = CheckDescriptor::new("it").failure_threshold(3);
        let found = [Healthy, Unhealthy, Unhealthy, Healthy, Unhealthy, Unhealthy, Unhealthy, Healthy];
        let held = [Healthy, Healthy, Healthy, Healthy, Healthy, Healthy, Unhealthy, Healthy];
        assert_eq!(after(Unknown, &three, &found), held);
    }

    #[test]
    fn a_failure_resets_the_count_of_successes() {
        let two = CheckDescriptor::new("it").success_threshold(2);
        let found = [Unhealthy, Healthy, Unhealthy, Healthy, Healthy];
        assert_eq!(after(Unknown, &two, &found), [Unhealthy, Unhealthy, Unhealthy, Unhealthy, Healthy]);
    }

    #[test]
    fn until_enough_runs_have_said_something_it_is_what_it_was() {
        let both = CheckDescriptor::new("it").failure_threshold(2).success_threshold(2);
        assert_eq!(after(Unknown, &both, &[Unhealthy, Healthy, Healthy]), [Unknown, Unknown, Healthy]);
        assert_eq!(after(Healthy, &both, &[Unhealthy, Healthy, Unhealthy]), [Healthy; 3]);
        assert_eq!(after(Unhealthy, &both, &[Healthy, Unhealthy]), [Unhealthy; 2]);
    }

    #[test]
    fn degraded_is_a_success_and_takes_no_count_from_healthy() {
        let three = CheckDescriptor::new("it").failure_threshold(3).success_threshold(3);
        assert_eq!(after(Healthy, &three, &[Degraded, Healthy, Degraded]), [Degraded, Healthy, Degraded]);
        assert_eq!(after(Unhealthy, &three, &[Degraded, Healthy, Degraded]), [Unhealthy, Unhealthy, Degraded]);
    }
}
