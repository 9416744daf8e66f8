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
/// The cells of overflow series for which the cell space had no room: they are few, and not counted. Their numbers are past those of
/// all chunks.
const RESERVED: u32 = 16;
const FIRST_RESERVED: u32 = FIRST_CHUNK << CHUNKS;

/// The cells of one family.
#[derive(Debug)]
pub(crate) struct GaugeCells {
    chunks: [OnceLock<Box<[GaugeCell]>>; CHUNKS],
    reserved: OnceLock<Box<[GaugeCell]>>,
    free: Mutex<FreeCells>,
}

#[derive(Debug)]
struct FreeCells {
    counted: FreeNumbers,
    reserved: FreeNumbers,
    /// Bytes of cell space.
    bytes: u64,
}

/// The numbers of cells that no series has.
#[derive(Debug)]
struct FreeNumbers {
    /// From this number on none was ever used.
    next: u32,
    returned: Vec<u32>,
}

impl FreeNumbers {
    const fn from(next: u32) -> Self {
        FreeNumbers { next, returned: Vec::new() }
    }
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
            reserved: OnceLock::new(),
            free: Mutex::new(FreeCells {
                counted: FreeNumbers::from(0),
                reserved: FreeNumbers::from(FIRST_RESERVED),
                bytes: 0,
            }),
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
        match number.checked_sub(FIRST_RESERVED) {
            None => {
                let (chunk, at) = place(number);
                self.chunks.get(chunk)?.get()?.get(at)
            }
            Some(at) => self.reserved.get()?.get(at as usize),
        }
    }

    /// Frees the cell of a removed series once no handle holds it.
    fn free_unheld(&self, cell: &GaugeCell, number: u32) {
        let state = cell.state.load(Ordering::Acquire);
        if state & REMOVED == 0 || state & HANDLES > 0 {
            return;
        }
        let next = (state - REMOVED).wrapping_add(GENERATION);
        // One of those that see it unheld frees it.
        if cell.state.compare_exchange(state, next, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            cell.level.store(0, Ordering::Relaxed);
            let mut free = self.free.lock().ignore_poison();
            let free = if number < FIRST_RESERVED { &mut free.counted } else { &mut free.reserved };
            free.returned.push(number);
        }
    }

    /// Returns the number of a cell that no series has, if the cell space has room for its chunk.
    fn take_counted(&self) -> Option<u32> {
        let mut free = self.free.lock().ignore_poison();
        if let Some(number) = free.counted.returned.pop() {
            return Some(number);
        }
        let number = free.counted.next;
        let (chunk, _) = place(number);
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

    /// Returns the number of a reserved cell that no series has.
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

    /// Returns the cell of a new series.
    fn begin(&self, number: u32) -> Option<CellRef> {
        let state = self.get(number)?.state.load(Ordering::Relaxed);
        Some(CellRef::new(number, generation(state)))
    }
}

fn new_cells(len: u32) -> Box<[GaugeCell]> {
    (0..len).map(|_| GaugeCell::default()).collect()
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
        self.begin(self.take_counted()?)
    }

    fn allocate_reserved(&self) -> CellRef {
        self.take_reserved().and_then(|number| self.begin(number)).unwrap_or(CellRef::SINK)
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
