//! Lazily allocated slots of a static label set.

use super::layout::{Layout, SINK};
use super::space;
use std::sync::atomic::{AtomicU32, Ordering};

/// The slots of all series of a static label set, allocated on first use.
#[derive(Debug)]
pub(crate) struct Slots {
    first: AtomicU32,
    /// Number of the record of their extent.
    extent: AtomicU32,
}

/// Marker for slots that are not allocated yet.
const NONE: u32 = u32::MAX;

impl Slots {
    pub(crate) const fn new() -> Self {
        Slots { first: AtomicU32::new(NONE), extent: AtomicU32::new(NONE) }
    }

    /// Returns the first slot of `series` series, allocating them if necessary.
    ///
    /// Returns the [sink](super::layout::CellRef::SINK) if the cell space is exhausted.
    #[inline]
    pub(crate) fn first(&self, layout: Layout, series: u32) -> u32 {
        match self.first.load(Ordering::Acquire) {
            NONE => self.assign(layout, series),
            first => first,
        }
    }

    /// Returns `true` if the allocation failed.
    pub(crate) fn found_no_space(&self) -> bool {
        self.first.load(Ordering::Acquire) == SINK
    }

    #[cold]
    fn assign(&self, layout: Layout, series: u32) -> u32 {
        if space::is_held() {
            // Reentrant: the cell space is allocating, and the global allocator updates a counter.
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
    /// Frees the slots; no handle can outlive the drop.
    fn drop(&mut self) {
        let number = *self.extent.get_mut();
        if number != NONE {
            space::lock().free_extent(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::cells::extent::CELL;

    #[test]
    fn slots_are_reused_after_drop() {
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
