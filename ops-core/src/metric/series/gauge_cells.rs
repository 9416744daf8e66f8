//! The cells of the series of a gauge with a dynamic label set: shared by all threads, and held by handles.
//!
//! To set is to overwrite what others did, so there is one copy, and its owner is the family. A handle or a guard holds its cell:
//! the series does not expire meanwhile, and if it is removed, its cell is not used for another one until the last handle is gone.

use super::cell_source::CellSource;
use crate::metric::cells::{CellRef, space};
use crate::unwind::IgnorePoison;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

/// Chunks of cells: each has twice as many as the one before.
const CHUNKS: usize = 24;
const FIRST_CHUNK: u32 = 16;

/// The cells of one family.
#[derive(Debug)]
pub(crate) struct GaugeCells {
    chunks: [OnceLock<Box<[GaugeCell]>>; CHUNKS],
    free: Mutex<FreeCells>,
}

#[derive(Debug)]
struct FreeCells {
    /// From this number on none was ever used.
    next: u32,
    numbers: Vec<u32>,
    /// Bytes of cell space.
    bytes: u64,
}

/// A level, and who holds it.
#[derive(Debug, Default)]
struct GaugeCell {
    /// The generation in the upper half; below it whether the series was removed, and the number of handles.
    state: AtomicU64,
    level: AtomicU64,
    updates: AtomicU32,
}

const HANDLE: u64 = 1;
const REMOVED: u64 = 1 << 31;
const HANDLES: u64 = REMOVED - 1;
const GENERATION: u64 = 1 << 32;

impl GaugeCell {
    /// Notes that the series is used, whatever value is set.
    #[inline]
    fn note_update(&self) {
        // One of two that come at once may be lost: it shows all the same that there was one.
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
            free: Mutex::new(FreeCells { next: 0, numbers: Vec::new(), bytes: 0 }),
        }
    }

    /// Holds the cell of a series. Returns `None` if the series was removed.
    #[inline]
    pub(crate) fn hold(&self, cells: CellRef) -> Option<HeldCell<'_>> {
        let cell = self.get(cells.slot())?;
        let state = cell.state.fetch_add(HANDLE, Ordering::Acquire);
        let held = HeldCell { cell, number: cells.slot(), of: self };
        (generation(state) == cells.generation() && state & REMOVED == 0).then(|| {
            cell.note_update();
            held
        })
    }

    /// Returns the bits of the level of a series, unless it was removed.
    pub(crate) fn read(&self, cells: CellRef) -> Option<u64> {
        let level = self.get(cells.slot())?.level.load(Ordering::Relaxed);
        self.is_current(cells).then_some(level)
    }

    /// Returns a number that changes with every use of a series, and `true` if a handle holds it.
    pub(crate) fn activity(&self, cells: CellRef) -> (u64, bool) {
        self.get(cells.slot()).map_or((0, false), |cell| {
            let is_held = cell.state.load(Ordering::Acquire) & HANDLES > 0;
            (cell.updates.load(Ordering::Relaxed).into(), is_held)
        })
    }

    #[inline]
    fn get(&self, number: u32) -> Option<&GaugeCell> {
        let (chunk, at) = place(number);
        self.chunks.get(chunk)?.get()?.get(at)
    }

    /// Makes the cell of a removed series free once nobody holds it.
    fn free_unheld(&self, cell: &GaugeCell, number: u32) {
        let state = cell.state.load(Ordering::Acquire);
        if state & REMOVED == 0 || state & HANDLES > 0 {
            return;
        }
        let next = (state - REMOVED).wrapping_add(GENERATION);
        // One of those that see it unheld frees it.
        if cell.state.compare_exchange(state, next, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            cell.level.store(0, Ordering::Relaxed);
            self.free.lock().ignore_poison().numbers.push(number);
        }
    }

    fn take(&self, is_reserved: bool) -> Option<CellRef> {
        let mut free = self.free.lock().ignore_poison();
        let number = match free.numbers.pop() {
            Some(number) => number,
            None => {
                let (chunk, _) = place(free.next);
                let chunk_cells = self.chunks.get(chunk)?;
                if chunk_cells.get().is_none() {
                    let len = (FIRST_CHUNK << chunk) as usize;
                    let bytes = (len * size_of::<GaugeCell>()) as u64;
                    if !is_reserved && !space::take_bytes(bytes) {
                        return None;
                    }
                    free.bytes += if is_reserved { 0 } else { bytes };
                    let _ = chunk_cells.set((0..len).map(|_| GaugeCell::default()).collect());
                }
                free.next += 1;
                free.next - 1
            }
        };
        let state = self.get(number)?.state.load(Ordering::Relaxed);
        Some(CellRef::new(number, generation(state)))
    }
}

/// The chunk of a cell, and where in it the cell is.
#[inline]
fn place(number: u32) -> (usize, usize) {
    let nth = number / FIRST_CHUNK + 1;
    let chunk = nth.ilog2();
    (chunk as usize, (number + FIRST_CHUNK - (FIRST_CHUNK << chunk)) as usize)
}

impl CellSource for GaugeCells {
    fn allocate(&self) -> Option<CellRef> {
        self.take(false)
    }

    fn allocate_reserved(&self) -> CellRef {
        // A chunk that the cell space has no room for: so few of them are needed that they are not counted.
        self.take(true).unwrap_or(CellRef::SINK)
    }

    fn free(&self, cells: CellRef) {
        if let Some(cell) = self.get(cells.slot()) {
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

/// A cell that is held.
#[derive(Debug)]
pub(crate) struct HeldCell<'a> {
    cell: &'a GaugeCell,
    number: u32,
    of: &'a GaugeCells,
}

impl<'a> HeldCell<'a> {
    /// Bits of the level.
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
        // The series is in use until now, and idle from now on.
        self.cell.note_update();
        let before = self.cell.state.fetch_sub(HANDLE, Ordering::AcqRel);
        if before & (REMOVED | HANDLES) == REMOVED | HANDLE {
            self.of.free_unheld(self.cell, self.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_every_number_have_a_place_of_their_own() {
        let places: Vec<_> = (0..200).map(place).collect();
        assert_eq!(
            [places[0], places[15], places[16], places[47], places[48]],
            [(0, 0), (0, 15), (1, 0), (1, 31), (2, 0)]
        );
    }

    #[test]
    fn a_cell_that_is_held_is_not_used_for_another_series() {
        let cells = GaugeCells::new();
        let first = cells.allocate().unwrap();
        let held = cells.hold(first).unwrap();
        let also = held.clone();
        cells.free(first);
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
    fn use_and_handles_show_in_the_activity() {
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
