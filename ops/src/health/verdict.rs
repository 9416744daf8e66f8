//! From the results of single runs to what a check is: so many in a row decide.

use crate::descriptor::{CheckDescriptor, Status};

/// What a check is, all its runs in a row considered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    status: Status,
    /// Whether the last run succeeded, which a degraded one does.
    succeeded: bool,
    /// How many runs in a row ended so.
    in_a_row: u32,
}

impl Verdict {
    pub(super) fn new(initial: Status) -> Self {
        Verdict { status: initial, succeeded: false, in_a_row: 0 }
    }

    /// How many of the last runs succeeded, or failed.
    pub(super) fn in_a_row(&self) -> u32 {
        self.in_a_row
    }

    /// Counts a run that came to `found`; what the check is from now on.
    pub(super) fn take(&mut self, found: Status, descriptor: &CheckDescriptor) -> Status {
        let succeeded = found.is_serving();
        let before = if succeeded == self.succeeded { self.in_a_row } else { 0 };
        (self.succeeded, self.in_a_row) = (succeeded, before.saturating_add(1));
        let needed = if succeeded { descriptor.successes } else { descriptor.failures };
        let agrees = self.status != Status::Unknown && self.status.is_serving() == succeeded;
        if agrees || self.in_a_row >= needed {
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
    fn fail_fail_success_fail_stays_up_where_three_failures_in_a_row_are_needed() {
        let three = CheckDescriptor::new("it").failures(3);
        let found = [Healthy, Unhealthy, Unhealthy, Healthy, Unhealthy, Unhealthy, Unhealthy, Healthy];
        let held = [Healthy, Healthy, Healthy, Healthy, Healthy, Healthy, Unhealthy, Healthy];
        assert_eq!(after(Unknown, &three, &found), held);
    }

    #[test]
    fn a_failure_between_two_successes_starts_their_count_again() {
        let two = CheckDescriptor::new("it").successes(2);
        let found = [Unhealthy, Healthy, Unhealthy, Healthy, Healthy];
        assert_eq!(after(Unknown, &two, &found), [Unhealthy, Unhealthy, Unhealthy, Unhealthy, Healthy]);
    }

    #[test]
    fn until_enough_runs_have_said_something_it_is_what_it_was() {
        let both = CheckDescriptor::new("it").failures(2).successes(2);
        assert_eq!(after(Unknown, &both, &[Unhealthy, Healthy, Healthy]), [Unknown, Unknown, Healthy]);
        assert_eq!(after(Healthy, &both, &[Unhealthy, Healthy, Unhealthy]), [Healthy; 3]);
        assert_eq!(after(Unhealthy, &both, &[Healthy, Unhealthy]), [Unhealthy; 2]);
    }

    #[test]
    fn degraded_is_a_success_and_takes_no_count_from_healthy() {
        let three = CheckDescriptor::new("it").failures(3).successes(3);
        assert_eq!(after(Healthy, &three, &[Degraded, Healthy, Degraded]), [Degraded, Healthy, Degraded]);
        assert_eq!(after(Unhealthy, &three, &[Degraded, Healthy, Degraded]), [Unhealthy, Unhealthy, Degraded]);
    }
}
