//! Cell space: which slots have an owner, and which are free.
//!
//! A family owns the slots of its series. Those of a static label set are returned when the family is dropped. Those of a dynamic
//! one are returned when a series is removed: as handles of the series may still be around, another series of the same layout
//! gets them, with the next generation.

use super::block::{Block, SEGMENTS, set};
use super::blocks::{self, BLOCKS};
use super::extent::{CELL, Extent};
use super::layout::{CellRef, FIRST_GENERATION, Layout, SINK};
use super::sync::SEGMENT;
use crate::unwind::IgnorePoison;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard};

/// The largest cell space.
pub(crate) const MAX_BYTES: u64 = SEGMENTS as u64 * SEGMENT as u64 * CELL;
/// The smallest one that may be set.
pub(crate) const MIN_BYTES: u64 = SEGMENT as u64 * CELL;
const DEFAULT_BYTES: u64 = MAX_BYTES / 2;
/// The divisor of the share of the cell space that is reserved for overflow series.
const RESERVED: u64 = 16;
/// The most series, and the most cells, that are allocated at once.
const AT_ONCE: u32 = 64;
const CELLS_AT_ONCE: u32 = 1 << 12;
/// The slot in which a thread finds how many readers want its distributions to stay as they are.
pub(super) const PAUSED_SLOT: u32 = 0;

/// The cells of a page of memory: what lies side by side begins with one.
const PAGE: u32 = 1 << 9;

static SPACE: Mutex<Space> = Mutex::new(Space::new(DEFAULT_BYTES));

/// By slot of the first cell of a recycled series: its generation; 0 for the first one.
static GENERATIONS: Block = Block::new();

/// An extent of which each series may be of another family.
struct SharedExtent {
    record: u32,
    /// How many of its series there are.
    series: u32,
    /// A series was removed from its family: handles of it may be around, so the cells stay those of this layout.
    is_pinned: bool,
}

impl SharedExtent {
    const fn is_reclaimable(&self) -> bool {
        self.series == 0 && !self.is_pinned
    }
}

/// How much of the cell space is used, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) used: u64,
    pub(crate) max: u64,
}

pub(super) struct Space {
    /// From this slot on none ever had an owner.
    next: u32,
    /// The slots that were returned and have no owner, by the first one: how many follow it.
    returned: BTreeMap<u32, u32>,
    /// The cells for the next series of a layout.
    recycled: BTreeMap<Layout, Vec<CellRef>>,
    /// The extents of dynamic label sets, by first slot.
    shared: BTreeMap<u32, SharedExtent>,
    /// The bytes of those that can be reclaimed.
    reclaimable: u64,
    extents: u32,
    /// The records of `EXTENTS` below `extents` that say nothing.
    free_extents: Vec<u32>,
    used: u64,
    max: u64,
}

impl Space {
    const fn new(max: u64) -> Self {
        Space {
            next: PAUSED_SLOT + 1,
            returned: BTreeMap::new(),
            recycled: BTreeMap::new(),
            shared: BTreeMap::new(),
            reclaimable: 0,
            extents: 0,
            free_extents: Vec::new(),
            used: 0,
            max,
        }
    }

    /// Takes `cells` slots in one segment, or from the first slot of a segment on, all 0. Returns the first one.
    fn take(&mut self, cells: u32, alignment: u32, bytes: u64) -> Option<u32> {
        let used = self.used + u64::from(cells) * CELL;
        if used > bytes {
            return None;
        }
        let fits = |(first, len): (&u32, &u32)| {
            let at = place(*first, cells, alignment);
            (at.checked_add(cells)? <= first + len).then_some((*first, *len, at))
        };
        let found = self.returned.iter().find_map(fits);
        let first = match found {
            Some((first, len, at)) => {
                self.returned.remove(&first);
                self.give(first, at - first);
                self.give(at + cells, first + len - (at + cells));
                blocks::clear(at, cells);
                at
            }
            None => {
                let at = place(self.next, cells, alignment);
                let end = at.checked_add(cells).filter(|end| *end <= SEGMENTS as u32 * SEGMENT)?;
                let before = self.next;
                self.next = end;
                self.give(before, at - before);
                at
            }
        };
        self.used = used;
        Some(first)
    }

    /// Adds `len` slots that have no owner.
    fn give(&mut self, mut first: u32, mut len: u32) {
        if len == 0 {
            return;
        }
        if let Some((before, of_before)) = self.returned.range(..first).next_back() {
            if before + of_before == first {
                (first, len) = (*before, of_before + len);
            }
        }
        if let Some(of_next) = self.returned.remove(&(first + len)) {
            len += of_next;
        }
        self.returned.insert(first, len);
    }

    fn take_bytes(&mut self, bytes: u64, max: u64) -> bool {
        if self.used + bytes > max {
            self.reclaim();
        }
        let has_space = self.used + bytes <= max;
        if has_space {
            self.used += bytes;
        }
        has_space
    }

    fn record(&mut self, extent: Extent) -> u32 {
        let number = self.free_extents.pop().unwrap_or_else(|| {
            self.extents += 1;
            self.extents - 1
        });
        extent.write(number);
        number
    }

    /// Allocates the series of a static label set, also past the maximum: that there is space for them was checked when the
    /// family was registered, before series of dynamic label sets took it. Returns the number of the record.
    pub(super) fn add_static(&mut self, layout: Layout, series: u32, stride: u32) -> Option<(Extent, u32)> {
        let cells = stride.checked_mul(series)?;
        let first = match self.take(cells, 1, MAX_BYTES) {
            None if self.reclaim() => self.take(cells, 1, MAX_BYTES)?,
            first => first?,
        };
        let extent = Extent { first, series, stride, layout };
        Some((extent, self.record(extent)))
    }

    /// Allocates series of a dynamic label set, at most `most` at once where they lie one after the other, as many as the space
    /// below `bytes` allows.
    fn grow(&mut self, layout: Layout, most: u32, bytes: u64) -> Option<Extent> {
        let (width, shift) = (layout.width(), layout.distribution.shift);
        if width > SEGMENT {
            return None;
        }
        let several = if shift > 0 { 1 << shift } else { (CELLS_AT_ONCE / width).clamp(1, most) };
        let alignment = if shift > 0 { PAGE.min(SEGMENT) } else { 1 };
        let stride = if shift > 0 { 1 } else { width };
        let few = [several, if shift > 0 { several } else { 1 }];
        let (series, first) =
            few.into_iter().find_map(|series| Some((series, self.take(series * width, alignment, bytes)?)))?;
        let extent = Extent { first, series, stride, layout };
        let record = self.record(extent);
        self.shared.insert(first, SharedExtent { record, series: 0, is_pinned: false });
        self.reclaimable += extent.bytes();
        Some(extent)
    }

    /// Notes what happens to the series at `slot` of a dynamic label set.
    fn note(&mut self, slot: u32, change: impl FnOnce(&mut SharedExtent)) {
        if let Some((_, extent)) = self.shared.range_mut(..=slot).next_back() {
            let before = extent.is_reclaimable();
            change(extent);
            match (before, extent.is_reclaimable()) {
                (true, false) => self.reclaimable -= Extent::read(extent.record).bytes(),
                (false, true) => self.reclaimable += Extent::read(extent.record).bytes(),
                _ => {}
            }
        }
    }

    /// Takes back the cells of a series, of which handles may be around if it `is_held`.
    fn free(&mut self, layout: Layout, cells: CellRef, is_held: bool) {
        if cells.is_sink() {
            return;
        }
        self.note(cells.slot(), |extent| {
            extent.series = extent.series.saturating_sub(1);
            extent.is_pinned |= is_held;
        });
        let next = cells.generation().saturating_add(1);
        GENERATIONS.cells(cells.slot())[0].store(next.into(), Ordering::Release);
        // Cells that were recycled four billion times rest for ever.
        if next < u32::MAX {
            self.recycled.entry(layout).or_default().push(CellRef::new(cells.slot(), next));
        }
    }

    /// Returns the slots of extents whose families were all dropped, so that other layouts find space. Returns `true` if there were
    /// some.
    fn reclaim(&mut self) -> bool {
        if self.reclaimable == 0 {
            return false;
        }
        let mut reclaimed = BTreeMap::new();
        let shared = std::mem::take(&mut self.shared);
        for (first, shared) in shared {
            if shared.is_reclaimable() {
                let extent = self.end_record(shared.record);
                // No handle is left that has a generation of these cells.
                extent.slots().filter_map(|slot| GENERATIONS.existing(slot)).for_each(|cells| set(&cells[0], 0));
                reclaimed.insert(first, first + extent.len());
            } else {
                self.shared.insert(first, shared);
            }
        }
        let is_reclaimed = |slot: u32| reclaimed.range(..=slot).next_back().is_some_and(|(_, end)| slot < *end);
        self.recycled.values_mut().for_each(|cells| cells.retain(|cells| !is_reclaimed(cells.slot())));
        self.reclaimable = 0;
        true
    }

    /// Returns the slots of an extent.
    pub(super) fn end_record(&mut self, number: u32) -> Extent {
        let extent = Extent::read(number);
        Extent { series: 0, ..extent }.write(number);
        self.free_extents.push(number);
        self.used -= extent.bytes();
        self.give(extent.first, extent.len());
        extent
    }
}

/// The first place at or after `first` for `cells` cells.
fn place(first: u32, cells: u32, alignment: u32) -> u32 {
    let at = first.next_multiple_of(alignment);
    if at % SEGMENT == 0 || (cells <= SEGMENT && at % SEGMENT + cells <= SEGMENT) {
        at
    } else {
        at.next_multiple_of(SEGMENT)
    }
}

/// The number of blocks of ended threads that are kept for new threads.
const KEPT: usize = 2;
/// The most blocks that are merged under one lock.
const MERGED_AT_ONCE: usize = 64;

/// Merges the blocks of ended threads, so that a scrape reads few blocks.
pub(super) fn merge_ended() {
    if is_held() {
        return;
    }
    let space = lock();
    let extents = || (0..space.extents).map(Extent::read).filter(|extent| extent.series > 0);
    BLOCKS.merge_ended(KEPT, MERGED_AT_ONCE, |from, to| extents().for_each(|extent| extent.merge(from, to)));
}

/// Returns cells for a series of this recycled layout, or `None` if there is no space.
pub(crate) fn allocate(layout: Layout) -> Option<CellRef> {
    let max = lock().max;
    allocate_below(layout, AT_ONCE, max - max / RESERVED)
}

/// As [`allocate`], for an overflow series, which totals need: also of what is reserved for those, and past the maximum. Returns
/// the [sink](CellRef::SINK) if no slots are left.
pub(crate) fn allocate_reserved(layout: Layout) -> CellRef {
    allocate_below(layout, 1, u64::MAX).unwrap_or(CellRef::SINK)
}

fn allocate_below(layout: Layout, most: u32, bytes: u64) -> Option<CellRef> {
    let mut space = lock();
    let recycled = space.recycled.get_mut(&layout).and_then(Vec::pop);
    let cells = match recycled {
        Some(cells) => cells,
        None => {
            let extent = match space.grow(layout, most, bytes) {
                None if space.reclaim() => space.grow(layout, most, bytes)?,
                grown => grown?,
            };
            let cells = extent.slots().rev().map(|slot| CellRef::new(slot, FIRST_GENERATION));
            let free = space.recycled.entry(layout).or_default();
            free.extend(cells);
            free.pop()?
        }
    };
    space.note(cells.slot(), |extent| extent.series += 1);
    Some(cells)
}

/// Returns the cells of removed series: no look-up finds them, but handles may still exist.
pub(crate) fn free(layout: Layout, cells: &[CellRef]) {
    // A few under one lock, so that the creation of a series waits for microseconds only.
    for few in cells.chunks(AT_ONCE as usize) {
        let mut space = lock();
        few.iter().for_each(|cells| space.free(layout, *cells, true));
    }
}

/// Returns the cells of a series of which no handle is left.
pub(crate) fn free_unheld(layout: Layout, cells: CellRef) {
    lock().free(layout, cells, false);
}

/// Returns `true` if the cells are still those of the series that they were allocated for.
pub(crate) fn is_current(cells: CellRef) -> bool {
    let generation =
        GENERATIONS.existing(cells.slot().min(SINK - 1)).map_or(0, |cells| cells[0].load(Ordering::Acquire));
    cells.is_sink() || generation.max(FIRST_GENERATION.into()) == u64::from(cells.generation())
}

/// Takes `bytes` that are not in the blocks of threads, for series of a dynamic label set. Returns `false` if there is no space.
pub(crate) fn take_bytes(bytes: u64) -> bool {
    let mut space = lock();
    let max = space.max;
    space.take_bytes(bytes, max)
}

/// As [`take_bytes`], for the series of a static label set: also past the maximum, as those in the blocks of threads.
pub(crate) fn take_static_bytes(bytes: u64) -> bool {
    lock().take_bytes(bytes, MAX_BYTES)
}

/// Returns what [`take_bytes`] or [`take_static_bytes`] took.
pub(crate) fn return_bytes(bytes: u64) {
    let mut space = lock();
    space.used = space.used.saturating_sub(bytes);
}

/// Sets the cell space.
pub(crate) fn set_max(bytes: u64) {
    lock().max = bytes.clamp(MIN_BYTES, MAX_BYTES);
}

/// Returns how much of the cell space is used.
pub(crate) fn usage() -> Usage {
    let space = lock();
    Usage { used: space.used - space.reclaimable, max: space.max }
}

thread_local! {
    /// Whether this thread holds the lock.
    static HELD: Cell<bool> = const { Cell::new(false) };
}

/// The lock of the cell space, which notes that this thread holds it.
pub(super) struct Guard(MutexGuard<'static, Space>);

/// Returns `true` if this thread holds the lock.
pub(super) fn is_held() -> bool {
    HELD.get()
}

impl Drop for Guard {
    fn drop(&mut self) {
        HELD.set(false);
    }
}

impl Deref for Guard {
    type Target = Space;

    fn deref(&self) -> &Space {
        &self.0
    }
}

impl DerefMut for Guard {
    fn deref_mut(&mut self) -> &mut Space {
        &mut self.0
    }
}

/// Locks the cell space.
pub(super) fn lock() -> Guard {
    let guard = SPACE.lock().ignore_poison();
    HELD.set(true);
    Guard(guard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_of_a_series_lie_in_one_segment_and_do_not_overlap() {
        let mut space = Space::new(MAX_BYTES);
        space.next = SEGMENT - 3;
        let taken = [2, 2, 1, 1].map(|cells| space.take(cells, 1, MAX_BYTES).unwrap());
        assert_eq!(taken, [SEGMENT - 3, SEGMENT, SEGMENT - 1, SEGMENT + 2]);
    }

    #[test]
    fn series_of_more_than_a_segment_have_a_stride_of_which_a_segment_is_a_multiple() {
        assert_eq!(Layout::distribution(11, 0).stride(10), Some(14));
        assert_eq!(Layout::distribution(11, 0).stride(SEGMENT), Some(16));
        assert_eq!(Layout::distribution(SEGMENT, 0).stride(1), None);
    }

    #[test]
    fn returned_slots_are_taken_again_whatever_their_layout() {
        let mut space = Space::new(MAX_BYTES);
        let first = [3, 5, 7].map(|cells| space.take(cells, 1, MAX_BYTES).unwrap());
        assert_eq!(first, [1, 4, 9]);
        for (first, len) in [(1, 3), (9, 7), (4, 5)] {
            space.give(first, len);
        }
        assert_eq!(space.returned, BTreeMap::from([(1, 15)]));
        assert_eq!([space.take(15, 1, MAX_BYTES), space.take(1, 1, MAX_BYTES)], [Some(1), Some(16)]);
    }

    #[test]
    fn no_more_slots_are_taken_than_there_are_bytes() {
        let mut space = Space::new(10 * CELL);
        let taken = [8, 3, 2, 1].map(|cells| space.take(cells, 1, 10 * CELL));
        assert_eq!(taken, [Some(1), None, Some(9), None]);
    }

    #[test]
    fn cells_that_were_freed_are_allocated_again_with_the_next_generation() {
        let layout = Layout::distribution(77, 0).recycled();
        let first = allocate(layout).unwrap();
        assert!(is_current(first));
        free(layout, &[first]);
        assert!(!is_current(first));
        let second = allocate(layout).unwrap();
        assert_eq!(second, CellRef::new(first.slot(), first.generation() + 1));
        assert!(is_current(second));
    }
}
