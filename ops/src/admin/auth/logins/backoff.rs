//! How long to wait after failures in a row: a table of a fixed size, the same for whoever there is and whoever there is not.

use ops_core::unwind::IgnorePoison;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

const SLOTS: usize = 4096;

/// The longest wait.
const LONGEST: Duration = Duration::from_secs(60);

/// After this long without a failure it is as if there had been none.
const FORGOTTEN: Duration = Duration::from_secs(15 * 60);

/// Failures in a row, by whatever is hashed.
#[derive(Debug)]
pub(super) struct Backoff {
    /// So many cost no wait.
    free: u32,
    hasher: RandomState,
    slots: Mutex<Box<[Slot]>>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    /// Of whom it is.
    tag: u64,
    failures: u32,
    last: Option<Instant>,
}

impl Backoff {
    pub(super) fn new(free: u32) -> Backoff {
        let empty = Slot { tag: 0, failures: 0, last: None };
        Backoff { free, hasher: RandomState::new(), slots: Mutex::new(vec![empty; SLOTS].into()) }
    }

    /// How often `who` has failed in a row.
    pub(super) fn failures(&self, who: impl Hash, now: Instant) -> u32 {
        let (tag, at) = self.slot_of(who);
        self.slots()[at].failures_of(tag, now)
    }

    /// How long `who` has to wait before the next attempt is looked at.
    pub(super) fn wait(&self, who: impl Hash, now: Instant) -> Option<Duration> {
        let (tag, at) = self.slot_of(who);
        let slot = self.slots()[at];
        let over = slot.failures_of(tag, now).checked_sub(self.free)?;
        let pause = Duration::from_secs(1 << over.min(16)).min(LONGEST);
        let end = slot.last?.checked_add(pause)?;
        Some(end.saturating_duration_since(now)).filter(|wait| !wait.is_zero())
    }

    pub(super) fn failed(&self, who: impl Hash, now: Instant) {
        let (tag, at) = self.slot_of(who);
        let slot = &mut self.slots()[at];
        *slot = Slot { tag, failures: slot.failures_of(tag, now).saturating_add(1), last: Some(now) };
    }

    pub(super) fn succeeded(&self, who: impl Hash) {
        let (tag, at) = self.slot_of(who);
        let slot = &mut self.slots()[at];
        if slot.tag == tag {
            slot.failures = 0;
        }
    }

    /// Hashed with a key of the process: nobody can aim at the slot of another.
    fn slot_of(&self, who: impl Hash) -> (u64, usize) {
        let tag = self.hasher.hash_one(who);
        (tag, tag as usize % SLOTS)
    }

    fn slots(&self) -> MutexGuard<'_, Box<[Slot]>> {
        self.slots.lock().ignore_poison()
    }
}

impl Slot {
    fn failures_of(&self, tag: u64, now: Instant) -> u32 {
        let is_fresh = self.last.is_some_and(|last| now.saturating_duration_since(last) < FORGOTTEN);
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
    fn the_wait_doubles_from_the_sixth_attempt_on_up_to_a_minute() {
        let backoff = Backoff::new(5);
        let mut now = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..14 {
            let wait = backoff.wait("alice", now);
            waits.push(seconds(wait));
            now += wait.unwrap_or_default();
            assert_eq!(backoff.wait("alice", now), None, "then one attempt is looked at");
            backoff.failed("alice", now);
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn a_success_and_a_quarter_of_an_hour_end_it_and_nothing_else_does() {
        let backoff = Backoff::new(0);
        let now = Instant::now();
        backoff.failed("alice", now);
        assert_eq!(seconds(backoff.wait("alice", now)), 2);
        assert_eq!(backoff.wait("Alice", now), None, "another name");
        backoff.succeeded("bob");
        assert!(backoff.wait("alice", now).is_some());
        backoff.succeeded("alice");
        assert_eq!(seconds(backoff.wait("alice", now)), 1, "as before the first");
        backoff.failed("alice", now);
        assert_eq!(backoff.failures("alice", now + FORGOTTEN), 0);
    }

    #[test]
    fn a_million_names_take_no_more_room_and_keep_nobody_else_out() {
        let backoff = Backoff::new(5);
        let now = Instant::now();
        for name in 0..1_000_000_u32 {
            backoff.failed(name, now);
        }
        assert_eq!(backoff.slots().len(), SLOTS);
        assert!((0..1_000_000_u32).all(|name| backoff.wait(name, now).is_none()));
    }
}
