//! Reference-counted cells of gauges with a dynamic label set, shared by all threads.
//!
//! A gauge can be set, so it has one cell instead of one per thread. Handles and guards count as references: a referenced series
//! does not expire, and the cell of a removed series is reused only after its last reference is dropped.

use super::cell_source::CellSource;
use crate::metric::cells::{CellRef, space};
use crate::unwind::IgnorePoison;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

/// Number of chunks of cells; each chunk is twice as long as the previous one.
const CHUNKS: usize = 24;
const FIRST_CHUNK: u32 = 16;
/// Number of cells reserved for overflow series, for use when the cell space is exhausted.
///
/// They do not count toward the cell space.
const RESERVED: u32 = 16;
/// Number of the first reserved cell, after those of all chunks.
const FIRST_RESERVED: u32 = FIRST_CHUNK << CHUNKS;

/// The gauge cells of one family.
#[derive(Debug)]
pub(crate) struct GaugeCells {
    chunks: [OnceLock<Box<[GaugeCell]>>; CHUNKS],
    reserved: OnceLock<Box<[GaugeCell]>>,
    free: Mutex<FreeCells>,
}

/// The free cells of a family.
#[derive(Debug)]
struct FreeCells {
    /// Cells in chunks, which count toward the cell space.
    counted: FreeNumbers,
    reserved: FreeNumbers,
    /// Cell space used by the chunks, in bytes.
    bytes: u64,
}

/// A free list of cell numbers.
#[derive(Debug)]
struct FreeNumbers {
    /// First number that was never used.
    next: u32,
    returned: Vec<u32>,
}

impl FreeNumbers {
    const fn from(next: u32) -> Self {
        FreeNumbers { next, returned: Vec::new() }
    }
}

/// A reference-counted gauge value.
#[derive(Debug, Default)]
struct GaugeCell {
    /// Bit field: generation (upper half), [`REMOVED`] flag, and number of handles.
    state: AtomicU64,
    level: AtomicU64,
    updates: AtomicU32,
}

const HANDLE: u64 = 1;
const REMOVED: u64 = 1 << 31;
const HANDLES: u64 = REMOVED - 1;
const GENERATION: u64 = 1 << 32;

impl GaugeCell {
    /// Records activity of the series, even if the value does not change.
    #[inline]
    fn record_update(&self) {
        // One of two concurrent increments may be lost; the change is still visible.
        self.updates.store(self.updates.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }
}

fn generation(state: u64) -> u32 {
    (state / GENERATION) as u32
}

impl GaugeCells {
    pub(crate) const fn new() -> Self {
        GaugeCells {
            chunks: [const { OnceLock::new() }; CHUNKS],
            reserved: OnceLock::new(),
            free: Mutex::new(FreeCells {
                counted: FreeNumbers::from(0),
                reserved: FreeNumbers::from(FIRST_RESERVED),
                bytes: 0,
            }),
        }
    }

    /// Acquires a reference to the cell of a series, or returns `None` if the series has been removed.
    #[inline]
    pub(crate) fn hold(&self, cells: CellRef) -> Option<HeldCell<'_>> {
        let cell = self.get(cells.slot())?;
        let state = cell.state.fetch_add(HANDLE, Ordering::Acquire);
        let held = HeldCell { cell, number: cells.slot(), owner: self };
        (generation(state) == cells.generation() && state & REMOVED == 0).then(|| {
            cell.record_update();
            held
        })
    }

    /// Returns the bits of the value of a series, or `None` if the series has been removed.
    pub(crate) fn read(&self, cells: CellRef) -> Option<u64> {
        let level = self.get(cells.slot())?.level.load(Ordering::Relaxed);
        self.is_current(cells).then_some(level)
    }

    /// Returns a number that changes with every use of a series, and `true` if it has a handle.
    pub(crate) fn activity(&self, cells: CellRef) -> (u64, bool) {
        self.get(cells.slot()).map_or((0, false), |cell| {
            let is_held = cell.state.load(Ordering::Acquire) & HANDLES > 0;
            (cell.updates.load(Ordering::Relaxed).into(), is_held)
        })
    }

    #[inline]
    fn get(&self, number: u32) -> Option<&GaugeCell> {
        match number.checked_sub(FIRST_RESERVED) {
            None => {
                let (chunk, at) = locate(number);
                self.chunks.get(chunk)?.get()?.get(at)
            }
            Some(at) => self.reserved.get()?.get(at as usize),
        }
    }

    /// Frees the cell of a removed series if it has no handles.
    fn free_unheld(&self, cell: &GaugeCell, number: u32) {
        let state = cell.state.load(Ordering::Acquire);
        if state & REMOVED == 0 || state & HANDLES > 0 {
            return;
        }
        let next = (state - REMOVED).wrapping_add(GENERATION);
        // Only one of the threads that observe this state frees the cell.
        if cell.state.compare_exchange(state, next, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            cell.level.store(0, Ordering::Relaxed);
            let mut free = self.free.lock().ignore_poison();
            let free = if number < FIRST_RESERVED { &mut free.counted } else { &mut free.reserved };
            free.returned.push(number);
        }
    }

    /// Takes a free cell, allocating a chunk if necessary. Returns `None` if the cell space is exhausted.
    fn take_counted(&self) -> Option<u32> {
        let mut free = self.free.lock().ignore_poison();
        if let Some(number) = free.counted.returned.pop() {
            return Some(number);
        }
        let number = free.counted.next;
        let (chunk, _) = locate(number);
        let cells = self.chunks.get(chunk)?;
        if cells.get().is_none() {
            let len = FIRST_CHUNK << chunk;
            let bytes = u64::from(len) * size_of::<GaugeCell>() as u64;
            if !space::take_bytes(bytes) {
                return None;
            }
            free.bytes += bytes;
            let _ = cells.set(new_cells(len));
        }
        free.counted.next += 1;
        Some(number)
    }

    /// Takes a free reserved cell. Returns `None` if all are in use.
    fn take_reserved(&self) -> Option<u32> {
        self.reserved.get_or_init(|| new_cells(RESERVED));
        let mut free = self.free.lock().ignore_poison();
        if let Some(number) = free.reserved.returned.pop() {
            return Some(number);
        }
        let number = free.reserved.next;
        (number < FIRST_RESERVED + RESERVED).then(|| {
            free.reserved.next += 1;
            number
        })
    }

    /// Returns a reference to a free cell with its current generation.
    fn current_ref(&self, number: u32) -> Option<CellRef> {
        let state = self.get(number)?.state.load(Ordering::Relaxed);
        Some(CellRef::new(number, generation(state)))
    }
}

fn new_cells(len: u32) -> Box<[GaugeCell]> {
    (0..len).map(|_| GaugeCell::default()).collect()
}

/// Returns the chunk of a cell, and its index in the chunk.
#[inline]
fn locate(number: u32) -> (usize, usize) {
    let nth = number / FIRST_CHUNK + 1;
    let chunk = nth.ilog2();
    (chunk as usize, (number + FIRST_CHUNK - (FIRST_CHUNK << chunk)) as usize)
}

impl CellSource for GaugeCells {
    fn allocate(&self) -> Option<CellRef> {
        self.current_ref(self.take_counted()?)
    }

    fn allocate_reserved(&self) -> CellRef {
        self.take_reserved().and_then(|number| self.current_ref(number)).unwrap_or(CellRef::SINK)
    }

    fn free(&self, removed: &[CellRef]) {
        for (cells, cell) in removed.iter().filter_map(|cells| Some((cells, self.get(cells.slot())?))) {
            cell.state.fetch_or(REMOVED, Ordering::AcqRel);
            self.free_unheld(cell, cells.slot());
        }
    }

    fn is_current(&self, cells: CellRef) -> bool {
        self.get(cells.slot()).is_some_and(|cell| {
            let state = cell.state.load(Ordering::Acquire);
            generation(state) == cells.generation() && state & REMOVED == 0
        })
    }
}

impl Drop for GaugeCells {
    fn drop(&mut self) {
        let bytes = self.free.get_mut().ignore_poison().bytes;
        if bytes > 0 {
            space::return_bytes(bytes);
        }
    }
}

/// A reference to a gauge cell, released on drop.
#[derive(Debug)]
pub(crate) struct HeldCell<'a> {
    cell: &'a GaugeCell,
    number: u32,
    owner: &'a GaugeCells,
}

impl<'a> HeldCell<'a> {
    /// Returns the cell with the bits of the value.
    #[inline]
    pub(crate) fn level(&self) -> &'a AtomicU64 {
        &self.cell.level
    }
}

impl Clone for HeldCell<'_> {
    fn clone(&self) -> Self {
        self.cell.state.fetch_add(HANDLE, Ordering::Acquire);
        HeldCell { ..*self }
    }
}

impl Drop for HeldCell<'_> {
    fn drop(&mut self) {
        // The idle time of the series starts now.
        self.cell.record_update();
        let before = self.cell.state.fetch_sub(HANDLE, Ordering::AcqRel);
        if before & (REMOVED | HANDLES) == REMOVED | HANDLE {
            self.owner.free_unheld(self.cell, self.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_numbers_map_to_distinct_chunk_positions() {
        let positions: Vec<_> = (0..200).map(locate).collect();
        assert_eq!(
            [positions[0], positions[15], positions[16], positions[47], positions[48]],
            [(0, 0), (0, 15), (1, 0), (1, 31), (2, 0)]
        );
    }

    #[test]
    fn held_cells_are_not_reused() {
        let cells = GaugeCells::new();
        let first = cells.allocate().unwrap();
        let held = cells.hold(first).unwrap();
        let also = held.clone();
        cells.free(&[first]);
        assert!(!cells.is_current(first) && cells.hold(first).is_none());
        let second = cells.allocate().unwrap();
        assert_ne!(second.slot(), first.slot());
        drop(held);
        assert_ne!(cells.allocate().unwrap().slot(), first.slot());
        drop(also);
        let third = cells.allocate().unwrap();
        assert_eq!((third.slot(), third.generation()), (first.slot(), first.generation() + 1));
    }

    #[test]
    fn activity_reflects_updates_and_handles() {
        let cells = GaugeCells::new();
        let series = cells.allocate().unwrap();
        let (before, is_held) = cells.activity(series);
        assert!(!is_held);
        let held = cells.hold(series).unwrap();
        assert!(cells.activity(series).1);
        drop(held);
        let (after, is_held) = cells.activity(series);
        assert!(after != before && !is_held);
    }
}
