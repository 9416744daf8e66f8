//! The slots of a static label set.

use super::layout::{Layout, SINK};
use super::space;
use std::sync::atomic::{AtomicU32, Ordering};

/// The slots of all series of a static label set, which an instrument gets as it is first used.
#[derive(Debug)]
pub(crate) struct Slots {
    first: AtomicU32,
    /// The record of the extent.
    extent: AtomicU32,
}

/// No slots yet.
const NONE: u32 = u32::MAX;

impl Slots {
    pub(crate) const fn new() -> Self {
        Slots { first: AtomicU32::new(NONE), extent: AtomicU32::new(NONE) }
    }

    /// Returns the first slot of this number of series, or the [sink](super::layout::CellRef::SINK) if there is no space for them.
    #[inline]
    pub(crate) fn first(&self, layout: Layout, series: u32) -> u32 {
        match self.first.load(Ordering::Acquire) {
            NONE => self.assign(layout, series),
            first => first,
        }
    }

    /// Returns `true` if there was no space for them.
    pub(crate) fn found_no_space(&self) -> bool {
        self.first.load(Ordering::Acquire) == SINK
    }

    #[cold]
    fn assign(&self, layout: Layout, series: u32) -> u32 {
        if space::is_held() {
            // The global allocator counts, and this is an allocation of the cell space.
            return SINK;
        }
        let mut space = space::lock();
        let first = self.first.load(Ordering::Acquire);
        if first != NONE {
            return first;
        }
        let first = match layout.stride(series).and_then(|stride| space.add_static(layout, series, stride)) {
            Some((extent, number)) => {
                self.extent.store(number, Ordering::Relaxed);
                extent.first
            }
            None => SINK,
        };
        self.first.store(first, Ordering::Release);
        first
    }
}

impl Drop for Slots {
    /// Returns the slots: no handle can update them after the drop.
    fn drop(&mut self) {
        let number = *self.extent.get_mut();
        if number != NONE {
            space::lock().end_record(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::cells::extent::CELL;

    #[test]
    fn the_slots_of_what_was_dropped_are_used_again() {
        let slots = |layout| {
            let slots = Slots::new();
            (slots.first(layout, 1_009), slots)
        };
        let before = space::usage().used;
        for _ in 0..100 {
            let (_, slots) = slots(Layout::COUNTER);
            drop(slots);
        }
        assert!(space::usage().used - before < 100 * 1_009 * CELL);
    }
}
