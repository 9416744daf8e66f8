//! Reads cells: sums the copies of all threads.

use super::block::{Block, Distribution, Marks, get, read_of};
use super::blocks::BLOCKS;
use super::layout::{CellRef, FIRST_GENERATION, Layout};
use super::space::{self, PAUSED_SLOT};
use super::sync::{AtomicU64, SEGMENT};
use super::thread_cells::{Pause, exclusively};
use crate::unwind::IgnorePoison;
use std::collections::BTreeMap;
use std::hint::spin_loop;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// So many buckets are read in memory of the stack.
const FEW: usize = 64;
/// How often a distribution is read that is written meanwhile, before writers are paused.
const TRIES: usize = 128;
/// How long a writer is waited for that is in the middle of an observation, as one is that the system does not let run.
const PATIENCE: Duration = Duration::from_millis(250);

/// The distributions whose writers were waited for in vain, by address: the version at which they are.
static STUCK: Mutex<BTreeMap<usize, u64>> = Mutex::new(BTreeMap::new());

/// Reads the sum over all threads of what is in a slot.
#[derive(Clone)]
pub struct Reader {
    now: Instant,
    /// By number, that segment of each thread that has it.
    segments: Vec<Vec<&'static SegmentCells>>,
    _reading: Arc<Reading>,
}

type SegmentCells = [AtomicU64; SEGMENT as usize];

/// Keeps the blocks that are read from being merged.
struct Reading;

impl Drop for Reading {
    fn drop(&mut self) {
        exclusively(|| BLOCKS.end_read());
    }
}

impl Reader {
    /// A reader of the threads that there are now.
    pub(crate) fn new() -> Self {
        Self::at(Instant::now())
    }

    /// A reader of the threads that there are now, for which it is `now`: by this moment idle series expire.
    pub(crate) fn at(now: Instant) -> Self {
        exclusively(|| {
            space::merge_ended();
            let blocks = BLOCKS.begin_read();
            let reading = Arc::new(Reading);
            let mut segments: Vec<Vec<&'static SegmentCells>> = Vec::new();
            for (number, cells) in blocks.into_iter().flat_map(Block::segments) {
                if segments.len() <= number {
                    segments.resize(number + 1, Vec::new());
                }
                segments[number].extend(<&SegmentCells>::try_from(cells));
            }
            Reader { now, segments, _reading: reading }
        })
    }

    /// The moment at which it reads.
    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// Returns the value of a counter.
    #[inline]
    pub(crate) fn total(&self, cells: CellRef) -> u64 {
        self.scalars(cells).fold(0, u64::saturating_add)
    }

    /// Reads counters one after the other, most of them near each other.
    pub(crate) fn totals(&self) -> TotalReader<'_> {
        TotalReader { reader: self, number: 0, segments: self.segments_of(0) }
    }

    /// Returns the value of a floating-point counter.
    pub(crate) fn float(&self, cells: CellRef) -> f64 {
        self.scalars(cells).map(f64::from_bits).sum()
    }

    /// Returns a level; never below 0, though a thread may be seen to take away what another is not yet seen to add.
    pub(crate) fn level(&self, cells: CellRef) -> i64 {
        (self.scalars(cells).fold(0, u64::wrapping_add) as i64).max(0)
    }

    /// Returns a number that every update changes, and `true` if a call or a timer of the series is running.
    pub(crate) fn activity(&self, layout: Layout, cells: CellRef) -> (u64, bool) {
        let (mut mark, mut running) = (0_u64, 0_u64);
        for at in self.cells(cells.slot()) {
            let (of_thread, of_running) = layout.activity(at, cells.generation());
            (mark, running) = (mark.wrapping_add(of_thread), running.wrapping_add(of_running));
        }
        (mark, running != 0)
    }

    /// Puts the classic buckets of a distribution and after them the native ones in `buckets`, which are 0, and returns the sum.
    pub(crate) fn distribution(&self, cells: CellRef, of: Distribution, buckets: &mut [u64]) -> f64 {
        let (mut few, mut many) = ([0; FEW], Vec::new());
        // Classic buckets are few, and reading them allocates nothing.
        let read = match few.get_mut(..buckets.len()) {
            Some(few) => few,
            None => {
                many.resize(buckets.len(), 0);
                &mut many
            }
        };
        let mut sum = 0.0;
        for at in self.cells(cells.slot()) {
            let (of_thread, marks) = self.read_distribution(at, cells, of, read);
            of.add_read(read, &marks, buckets);
            sum += of_thread;
        }
        sum
    }

    /// What the threads have in the cell of a counter or level.
    #[inline]
    fn scalars(&self, cells: CellRef) -> impl Iterator<Item = u64> {
        self.cells(cells.slot()).filter_map(move |at| match cells.is_permanent() {
            true => Some(get(&at[0])),
            false => read_of(at, cells.generation()),
        })
    }

    #[inline]
    fn cells(&self, slot: u32) -> impl Iterator<Item = &'static [AtomicU64]> {
        self.segments_of(slot).iter().map(move |segment| &segment[(slot % SEGMENT) as usize..])
    }

    #[inline(always)]
    fn segments_of(&self, slot: u32) -> &[&'static SegmentCells] {
        self.segments.get((slot / SEGMENT) as usize).map_or(&[], Vec::as_slice)
    }
}

impl Reader {
    /// Reads the distribution of one thread in bounded time: a writer that never rests is paused, and from one that died or stayed in
    /// the parent of a fork in the middle of an observation, that observation is read as far as it was written.
    fn read_distribution(
        &self,
        at: &[AtomicU64],
        cells: CellRef,
        of: Distribution,
        buckets: &mut [u64],
    ) -> (f64, Marks) {
        for _ in 0..TRIES {
            if let Some(read) = of.read(at, cells.generation(), buckets) {
                return read;
            }
            spin_loop();
        }
        let paused: Vec<_> =
            self.segments_of(PAUSED_SLOT).iter().map(|segment| &segment[PAUSED_SLOT as usize]).collect();
        let _pause = Pause::new(&paused);
        let (address, version) = (at.as_ptr() as usize, of.version(at));
        if STUCK.lock().ignore_poison().get(&address) != Some(&version) {
            let started = Instant::now();
            while started.elapsed() < PATIENCE {
                if let Some(read) = of.read(at, cells.generation(), buckets) {
                    return read;
                }
                // A writer that does not run makes no progress while this thread does.
                thread::yield_now();
            }
            STUCK.lock().ignore_poison().insert(address, of.version(at));
        }
        of.read_written(at, buckets)
    }
}

/// Reads counters; remembers where the last one was.
pub(crate) struct TotalReader<'a> {
    reader: &'a Reader,
    /// The segments of this number.
    number: u32,
    segments: &'a [&'static SegmentCells],
}

impl TotalReader<'_> {
    /// Returns the value of a counter.
    #[inline(always)]
    pub(crate) fn of(&mut self, cells: CellRef) -> u64 {
        // The first series that has recycled cells: whatever is in the cell is of this one.
        let slot = match cells.generation() {
            FIRST_GENERATION => cells.slot() + 1,
            _ if cells.is_permanent() => cells.slot(),
            _ => return self.reader.total(cells),
        };
        if slot / SEGMENT != self.number {
            (self.number, self.segments) = (slot / SEGMENT, self.reader.segments_of(slot));
        }
        let cells = self.segments.iter().map(|segment| &segment[(slot % SEGMENT) as usize]);
        cells.fold(0, |total, cell| total.saturating_add(get(cell)))
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}
