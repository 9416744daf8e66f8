//! The slot allocator of the cell space, which bounds the memory of all cells.
//!
//! A family owns the slots of its series. Slots of a static label set are freed when the family is dropped. Slots of a dynamic
//! label set are recycled when a series is removed: handles of it may still exist, so its slots are reused only for series with
//! the same layout, with the next generation.

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

/// Maximum size of the cell space in bytes.
pub(crate) const MAX_BYTES: u64 = SEGMENTS as u64 * SEGMENT as u64 * CELL;
/// Minimum size of the cell space in bytes.
pub(crate) const MIN_BYTES: u64 = SEGMENT as u64 * CELL;
const DEFAULT_BYTES: u64 = MAX_BYTES / 2;
/// Divisor of the maximum that gives the share reserved for overflow series.
const RESERVED: u64 = 16;
/// Maximum number of series per extent, and per lock acquisition when series are freed.
const SERIES_AT_ONCE: u32 = 64;
/// Maximum number of cells per extent of several series.
const CELLS_AT_ONCE: u32 = 1 << 12;
/// The slot that counts the readers that pause a thread; see [`thread_cells`](super::thread_cells).
pub(super) const PAUSED_SLOT: u32 = 0;

/// Number of cells per memory page; interleaved extents are aligned to pages.
const PAGE: u32 = 1 << 9;

static SPACE: Mutex<Space> = Mutex::new(Space::new(DEFAULT_BYTES));

/// Current generation of recycled cells, by first slot; 0 means the first generation.
static GENERATIONS: Block = Block::new();

/// An extent whose series may belong to different families.
struct SharedExtent {
    record: u32,
    /// Number of allocated series.
    series: u32,
    /// `true` once a series with handles may have been removed: the cells must then keep this layout.
    is_pinned: bool,
}

impl SharedExtent {
    const fn is_reclaimable(&self) -> bool {
        self.series == 0 && !self.is_pinned
    }
}

/// Usage of the cell space in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) used: u64,
    pub(crate) max: u64,
}

pub(super) struct Space {
    /// First slot that was never allocated.
    next: u32,
    /// Free ranges of slots below `next`: length by first slot.
    free: BTreeMap<u32, u32>,
    /// Free lists of recycled cells, by layout.
    recycled: BTreeMap<Layout, Vec<CellRef>>,
    /// Extents of dynamic label sets, by first slot.
    shared: BTreeMap<u32, SharedExtent>,
    /// Size of the reclaimable shared extents in bytes.
    reclaimable: u64,
    /// Number of extent records, used and unused.
    extents: u32,
    /// Unused extent records.
    free_extents: Vec<u32>,
    used: u64,
    max: u64,
}

impl Space {
    const fn new(max: u64) -> Self {
        Space {
            next: PAUSED_SLOT + 1,
            free: BTreeMap::new(),
            recycled: BTreeMap::new(),
            shared: BTreeMap::new(),
            reclaimable: 0,
            extents: 0,
            free_extents: Vec::new(),
            used: 0,
            max,
        }
    }

    /// Allocates `cells` zeroed slots if usage stays within `bytes`. Returns the first slot.
    ///
    /// The slots lie in one segment or start at a segment boundary.
    fn take(&mut self, cells: u32, alignment: u32, bytes: u64) -> Option<u32> {
        let used = self.used + u64::from(cells) * CELL;
        if used > bytes {
            return None;
        }
        let fits = |(first, len): (&u32, &u32)| {
            let at = first_fit(*first, cells, alignment);
            (at.checked_add(cells)? <= first + len).then_some((*first, *len, at))
        };
        let found = self.free.iter().find_map(fits);
        let first = match found {
            Some((first, len, at)) => {
                self.free.remove(&first);
                self.give(first, at - first);
                self.give(at + cells, first + len - (at + cells));
                blocks::clear(at, cells);
                at
            }
            None => {
                let at = first_fit(self.next, cells, alignment);
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

    /// Frees `len` slots, merging them with adjacent free ranges.
    fn give(&mut self, mut first: u32, mut len: u32) {
        if len == 0 {
            return;
        }
        if let Some((before, before_len)) = self.free.range(..first).next_back() {
            if before + before_len == first {
                (first, len) = (*before, before_len + len);
            }
        }
        if let Some(next_len) = self.free.remove(&(first + len)) {
            len += next_len;
        }
        self.free.insert(first, len);
    }

    /// Adds `bytes` to the usage. Returns `false` if it would exceed `max`.
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

    /// Writes a record of `extent`. Returns the number of the record.
    fn record(&mut self, extent: Extent) -> u32 {
        let number = self.free_extents.pop().unwrap_or_else(|| {
            self.extents += 1;
            self.extents - 1
        });
        extent.write(number);
        number
    }

    /// Allocates the series of a static label set. Returns the extent and the number of its record.
    ///
    /// The configured maximum does not apply: it was checked when the family was registered, and series of dynamic label sets may
    /// have taken the space since.
    pub(super) fn add_static(&mut self, layout: Layout, series: u32, stride: u32) -> Option<(Extent, u32)> {
        let cells = stride.checked_mul(series)?;
        let first = match self.take(cells, 1, MAX_BYTES) {
            None if self.reclaim() => self.take(cells, 1, MAX_BYTES)?,
            first => first?,
        };
        let extent = Extent { first, series, stride, layout };
        Some((extent, self.record(extent)))
    }

    /// Allocates an extent for a dynamic label set if usage stays within `bytes`.
    ///
    /// An extent of interleaved series has a fixed size. Other extents have up to `max_series` series, or one if space is short.
    fn grow(&mut self, layout: Layout, max_series: u32, bytes: u64) -> Option<Extent> {
        let (width, shift) = (layout.width(), layout.distribution.shift);
        if width > SEGMENT {
            return None;
        }
        let several = if shift > 0 { 1 << shift } else { (CELLS_AT_ONCE / width).clamp(1, max_series) };
        let alignment = if shift > 0 { PAGE.min(SEGMENT) } else { 1 };
        let stride = if shift > 0 { 1 } else { width };
        let counts = [several, if shift > 0 { several } else { 1 }];
        let (series, first) =
            counts.into_iter().find_map(|series| Some((series, self.take(series * width, alignment, bytes)?)))?;
        let extent = Extent { first, series, stride, layout };
        let record = self.record(extent);
        self.shared.insert(first, SharedExtent { record, series: 0, is_pinned: false });
        self.reclaimable += extent.bytes();
        Some(extent)
    }

    /// Applies `change` to the shared extent that contains `slot`, and updates `reclaimable`.
    fn update_shared(&mut self, slot: u32, change: impl FnOnce(&mut SharedExtent)) {
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

    /// Recycles the cells of a series.
    fn recycle(&mut self, layout: Layout, cells: CellRef, may_have_handles: bool) {
        if cells.is_sink() {
            return;
        }
        self.update_shared(cells.slot(), |extent| {
            extent.series = extent.series.saturating_sub(1);
            extent.is_pinned |= may_have_handles;
        });
        let next = cells.generation().saturating_add(1);
        GENERATIONS.cells(cells.slot())[0].store(next.into(), Ordering::Release);
        // Cells whose generations are exhausted are never reused.
        if next < u32::MAX {
            self.recycled.entry(layout).or_default().push(CellRef::new(cells.slot(), next));
        }
    }

    /// Frees the slots of reclaimable extents for other layouts. Returns `true` if there were any.
    fn reclaim(&mut self) -> bool {
        if self.reclaimable == 0 {
            return false;
        }
        let mut reclaimed = BTreeMap::new();
        let shared = std::mem::take(&mut self.shared);
        for (first, shared) in shared {
            if shared.is_reclaimable() {
                let extent = self.free_extent(shared.record);
                // No handle of these cells exists, so their generations can restart.
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

    /// Frees an extent and its record. Returns the extent.
    pub(super) fn free_extent(&mut self, number: u32) -> Extent {
        let extent = Extent::read(number);
        Extent { series: 0, ..extent }.write(number);
        self.free_extents.push(number);
        self.used -= extent.bytes();
        self.give(extent.first, extent.len());
        extent
    }
}

/// Returns the first slot at or after `first` where `cells` cells fit.
///
/// They lie in one segment or start at a segment boundary.
fn first_fit(first: u32, cells: u32, alignment: u32) -> u32 {
    let at = first.next_multiple_of(alignment);
    if at % SEGMENT == 0 || (cells <= SEGMENT && at % SEGMENT + cells <= SEGMENT) {
        at
    } else {
        at.next_multiple_of(SEGMENT)
    }
}

/// Number of blocks of ended threads that stay unmerged, for reuse by new threads.
const KEPT: usize = 2;
/// Maximum number of blocks that are merged per lock acquisition.
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

/// Allocates cells for a series of this recycled layout if the cell space allows it.
pub(crate) fn allocate(layout: Layout) -> Option<CellRef> {
    let max = lock().max;
    allocate_below(layout, SERIES_AT_ONCE, max - max / RESERVED)
}

/// Allocates cells for an overflow series, from the reserve or beyond the configured maximum.
///
/// Overflow series keep totals correct. Returns the [sink](CellRef::SINK) if no slots are left.
pub(crate) fn allocate_reserved(layout: Layout) -> CellRef {
    allocate_below(layout, 1, u64::MAX).unwrap_or(CellRef::SINK)
}

/// Allocates cells of this layout, reusing recycled ones, if usage stays within `bytes`.
fn allocate_below(layout: Layout, max_series: u32, bytes: u64) -> Option<CellRef> {
    let mut space = lock();
    let recycled = space.recycled.get_mut(&layout).and_then(Vec::pop);
    let cells = match recycled {
        Some(cells) => cells,
        None => {
            let extent = match space.grow(layout, max_series, bytes) {
                None if space.reclaim() => space.grow(layout, max_series, bytes)?,
                grown => grown?,
            };
            let cells = extent.slots().rev().map(|slot| CellRef::new(slot, FIRST_GENERATION));
            let free = space.recycled.entry(layout).or_default();
            free.extend(cells);
            free.pop()?
        }
    };
    space.update_shared(cells.slot(), |extent| extent.series += 1);
    Some(cells)
}

/// Frees the cells of removed series, which lookups no longer find but handles may still refer to.
pub(crate) fn free(layout: Layout, cells: &[CellRef]) {
    // In batches, so that a thread that creates a series waits for the lock for microseconds only.
    for batch in cells.chunks(SERIES_AT_ONCE as usize) {
        let mut space = lock();
        batch.iter().for_each(|cells| space.recycle(layout, *cells, true));
    }
}

/// Frees the cells of a series that has no handles.
pub(crate) fn free_unheld(layout: Layout, cells: CellRef) {
    lock().recycle(layout, cells, false);
}

/// Returns `true` if the generation is current: the cells have not been recycled.
pub(crate) fn is_current(cells: CellRef) -> bool {
    let generation =
        GENERATIONS.existing(cells.slot().min(SINK - 1)).map_or(0, |cells| cells[0].load(Ordering::Acquire));
    cells.is_sink() || generation.max(FIRST_GENERATION.into()) == u64::from(cells.generation())
}

/// Reserves `bytes` for cells of a dynamic label set outside of thread blocks.
///
/// Returns `false` if the cell space is exhausted.
pub(crate) fn take_bytes(bytes: u64) -> bool {
    let mut space = lock();
    let max = space.max;
    space.take_bytes(bytes, max)
}

/// Like [`take_bytes`], for a static label set: the configured maximum does not apply.
pub(crate) fn take_static_bytes(bytes: u64) -> bool {
    lock().take_bytes(bytes, MAX_BYTES)
}

/// Releases bytes that [`take_bytes`] or [`take_static_bytes`] reserved.
pub(crate) fn return_bytes(bytes: u64) {
    let mut space = lock();
    space.used = space.used.saturating_sub(bytes);
}

/// Sets the maximum size of the cell space, clamped to [`MIN_BYTES`] and [`MAX_BYTES`].
pub(crate) fn set_max(bytes: u64) {
    lock().max = bytes.clamp(MIN_BYTES, MAX_BYTES);
}

/// Returns the usage of the cell space.
pub(crate) fn usage() -> Usage {
    let space = lock();
    Usage { used: space.used - space.reclaimable, max: space.max }
}

thread_local! {
    /// `true` while this thread holds the lock.
    static HELD: Cell<bool> = const { Cell::new(false) };
}

/// A lock guard of the cell space that records in [`HELD`] that this thread holds it.
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
    fn allocations_do_not_span_segments_or_overlap() {
        let mut space = Space::new(MAX_BYTES);
        space.next = SEGMENT - 3;
        let taken = [2, 2, 1, 1].map(|cells| space.take(cells, 1, MAX_BYTES).unwrap());
        assert_eq!(taken, [SEGMENT - 3, SEGMENT, SEGMENT - 1, SEGMENT + 2]);
    }

    #[test]
    fn stride_divides_segment_if_series_span_several_segments() {
        assert_eq!(Layout::distribution(11, 0).stride(10), Some(14));
        assert_eq!(Layout::distribution(11, 0).stride(SEGMENT), Some(16));
        assert_eq!(Layout::distribution(SEGMENT, 0).stride(1), None);
    }

    #[test]
    fn freed_slots_are_merged_and_reused() {
        let mut space = Space::new(MAX_BYTES);
        let first = [3, 5, 7].map(|cells| space.take(cells, 1, MAX_BYTES).unwrap());
        assert_eq!(first, [1, 4, 9]);
        for (first, len) in [(1, 3), (9, 7), (4, 5)] {
            space.give(first, len);
        }
        assert_eq!(space.free, BTreeMap::from([(1, 15)]));
        assert_eq!([space.take(15, 1, MAX_BYTES), space.take(1, 1, MAX_BYTES)], [Some(1), Some(16)]);
    }

    #[test]
    fn allocation_fails_beyond_byte_limit() {
        let mut space = Space::new(10 * CELL);
        let taken = [8, 3, 2, 1].map(|cells| space.take(cells, 1, 10 * CELL));
        assert_eq!(taken, [Some(1), None, Some(9), None]);
    }

    #[test]
    fn freed_cells_are_reused_with_the_next_generation() {
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
