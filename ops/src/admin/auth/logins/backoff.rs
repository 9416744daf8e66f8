//! Exponential backoff after consecutive failed logins.
//!
//! The table has a fixed size, and treats existing and unknown users alike.

use ops_core::unwind::IgnorePoison;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Number of slots of the table.
const SLOTS: usize = 4096;

/// Maximum delay between attempts.
const MAX_DELAY: Duration = Duration::from_secs(60);

/// Time after the last failure at which the failures are reset.
const RESET_AFTER: Duration = Duration::from_secs(15 * 60);

/// A table of consecutive failures by subject: a user name or a client network.
#[derive(Debug)]
pub(super) struct Backoff {
    /// Number of consecutive failures before delays start.
    threshold: u32,
    hasher: RandomState,
    slots: Mutex<Box<[Slot]>>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    /// Hash of the subject.
    tag: u64,
    failures: u32,
    last: Option<Instant>,
}

impl Backoff {
    pub(super) fn new(threshold: u32) -> Backoff {
        let empty = Slot { tag: 0, failures: 0, last: None };
        Backoff { threshold, hasher: RandomState::new(), slots: Mutex::new(vec![empty; SLOTS].into()) }
    }

    /// Returns the number of consecutive failures of `subject`.
    pub(super) fn failures(&self, subject: impl Hash, now: Instant) -> u32 {
        let (tag, index) = self.slot_of(subject);
        self.slots()[index].failures_of(tag, now)
    }

    /// Returns the remaining delay before the next attempt of `subject`, if any.
    pub(super) fn wait(&self, subject: impl Hash, now: Instant) -> Option<Duration> {
        let (tag, index) = self.slot_of(subject);
        let slot = self.slots()[index];
        let excess = slot.failures_of(tag, now).checked_sub(self.threshold)?;
        let delay = Duration::from_secs(1 << excess.min(16)).min(MAX_DELAY);
        let end = slot.last?.checked_add(delay)?;
        Some(end.saturating_duration_since(now)).filter(|wait| !wait.is_zero())
    }

    /// Records a failed attempt. A slot collision resets the failures of the other subject.
    pub(super) fn record_failure(&self, subject: impl Hash, now: Instant) {
        let (tag, index) = self.slot_of(subject);
        let slot = &mut self.slots()[index];
        *slot = Slot { tag, failures: slot.failures_of(tag, now).saturating_add(1), last: Some(now) };
    }

    /// Resets the failures of `subject`.
    pub(super) fn record_success(&self, subject: impl Hash) {
        let (tag, index) = self.slot_of(subject);
        let slot = &mut self.slots()[index];
        if slot.tag == tag {
            slot.failures = 0;
        }
    }

    /// Returns the hash of `subject` and the index of its slot.
    ///
    /// The hash is keyed randomly, so that an attacker cannot provoke slot collisions.
    fn slot_of(&self, subject: impl Hash) -> (u64, usize) {
        let tag = self.hasher.hash_one(subject);
        (tag, tag as usize % SLOTS)
    }

    fn slots(&self) -> MutexGuard<'_, Box<[Slot]>> {
        self.slots.lock().ignore_poison()
    }
}

impl Slot {
    fn failures_of(&self, tag: u64, now: Instant) -> u32 {
        let is_fresh = self.last.is_some_and(|last| now.saturating_duration_since(last) < RESET_AFTER);
        if self.tag == tag && is_fresh { self.failures } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(wait: Option<Duration>) -> u64 {
        wait.map_or(0, |wait| wait.as_secs())
    }

    #[test]
    fn delay_doubles_from_the_sixth_attempt_up_to_one_minute() {
        let backoff = Backoff::new(5);
        let mut now = Instant::now();
        let mut delays = Vec::new();
        for _ in 0..14 {
            let wait = backoff.wait("alice", now);
            delays.push(seconds(wait));
            now += wait.unwrap_or_default();
            assert_eq!(backoff.wait("alice", now), None, "one attempt is admitted after the delay");
            backoff.record_failure("alice", now);
        }
        assert_eq!(delays, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn failures_are_reset_by_success_and_after_fifteen_minutes() {
        let backoff = Backoff::new(0);
        let now = Instant::now();
        backoff.record_failure("alice", now);
        assert_eq!(seconds(backoff.wait("alice", now)), 2);
        assert_eq!(backoff.wait("Alice", now), None, "names are case-sensitive");
        backoff.record_success("bob");
        assert!(backoff.wait("alice", now).is_some());
        backoff.record_success("alice");
        assert_eq!(seconds(backoff.wait("alice", now)), 1, "the failures were reset");
        backoff.record_failure("alice", now);
        assert_eq!(backoff.failures("alice", now + RESET_AFTER), 0);
    }

    #[test]
    fn a_million_subjects_neither_grow_the_table_nor_throttle_others() {
        let backoff = Backoff::new(5);
        let now = Instant::now();
        for name in 0..1_000_000_u32 {
            backoff.record_failure(name, now);
        }
        assert_eq!(backoff.slots().len(), SLOTS);
        assert!((0..1_000_000_u32).all(|name| backoff.wait(name, now).is_none()));
    }
}
