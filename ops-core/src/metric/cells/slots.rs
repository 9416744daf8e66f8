//! Which slots nobody has.

use super::block::SEGMENTS;
use super::shared_cells;
use super::sync::SEGMENT;
use super::thread_cells;
use crate::unwind::IgnorePoison;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// The last segment, which takes together what finds no slots of its own: by then a program has millions of series.
const SPILL: u32 = SEGMENT * (SEGMENTS as u32 - 1);
/// What is no slot.
const NONE: u32 = u32::MAX;

/// The first of `count` slots that nobody has; a run of up to [`MAX_RUN`] lies in one segment.
pub(crate) fn allocate(count: u32) -> u32 {
    allocate_at(count, Instant::now())
}

pub(crate) fn allocate_at(count: u32, now: Instant) -> u32 {
    lock_free().take(count, now)
}

/// Gives back the `count` slots from `first` on. They rest before anyone has them again, since what was kept of their
/// series may still be counted in.
pub(crate) fn free(first: u32, count: u32, now: Instant) {
    lock_free().resting.push_back((now, first, count));
}

/// How long slots rest.
const REST: Duration = Duration::from_secs(600);

/// The longest run of slots.
pub(crate) const MAX_RUN: u32 = SEGMENT;

/// A run of slots that an instrument gets as it is first used.
#[derive(Debug)]
pub(crate) struct Slots(AtomicU32);

impl Slots {
    pub(crate) const fn new() -> Self {
        Slots(AtomicU32::new(NONE))
    }

    /// The first of `count` slots.
    #[inline]
    pub(crate) fn first(&self, count: u32) -> u32 {
        match self.0.load(Ordering::Acquire) {
            NONE => self.assign(count),
            first => first,
        }
    }

    #[cold]
    fn assign(&self, count: u32) -> u32 {
        let mut free = lock_free();
        let first = self.0.load(Ordering::Acquire);
        if first != NONE {
            return first;
        }
        let first = free.take(count, Instant::now());
        self.0.store(first, Ordering::Release);
        first
    }
}

static FREE: Mutex<FreeSlots> = Mutex::new(FreeSlots::from(0));

/// The slots that nobody has.
struct FreeSlots {
    /// From here on nobody ever had them.
    next: u32,
    /// Since when, the first, and how many; those that rest longest first.
    resting: VecDeque<(Instant, u32, u32)>,
    /// By how many they are: the first of each run.
    rested: BTreeMap<u32, Vec<u32>>,
}

impl FreeSlots {
    const fn from(next: u32) -> Self {
        FreeSlots { next, resting: VecDeque::new(), rested: BTreeMap::new() }
    }

    /// The first of `count` slots in one segment.
    fn take(&mut self, count: u32, now: Instant) -> u32 {
        let has_rested = |(since, ..): &&(Instant, u32, u32)| now.saturating_duration_since(*since) >= REST;
        while let Some(&(_, first, count)) = self.resting.front().filter(has_rested) {
            self.resting.pop_front();
            self.rested.entry(count).or_default().push(first);
        }
        if let Some(first) = self.rested.get_mut(&count).and_then(Vec::pop) {
            thread_cells::clear(first, count);
            shared_cells::clear(first, count);
            return first;
        }
        let left = SEGMENT - self.next % SEGMENT;
        let first = if count <= left { self.next } else { self.next + left };
        if first + count > SPILL {
            return SPILL;
        }
        self.next = first + count;
        first
    }
}

fn lock_free() -> MutexGuard<'static, FreeSlots> {
    FREE.lock().ignore_poison()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_lie_in_one_segment_and_do_not_overlap() {
        let now = Instant::now();
        let mut free = FreeSlots::from(SEGMENT - 3);
        assert_eq!([free.take(2, now), free.take(2, now), free.take(1, now)], [SEGMENT - 3, SEGMENT, SEGMENT + 2]);
    }

    #[test]
    fn what_finds_no_slots_shares_the_last_segment() {
        let now = Instant::now();
        let mut free = FreeSlots::from(SPILL - 2);
        assert_eq!([free.take(1, now), free.take(2, now), free.take(3, now)], [SPILL - 2, SPILL, SPILL]);
    }
}
