//! Reads metric values, which are the sums of cells over all threads.

use super::block::{Block, Distribution, Marks, get, read_of};
use super::blocks::BLOCKS;
use super::layout::{CellRef, FIRST_GENERATION, Layout};
use super::space::{self, PAUSED_SLOT};
use super::sync::{AtomicU64, SEGMENT};
use super::thread_cells::{Pause, defer_reentrant};
use crate::unwind::IgnorePoison;
use std::collections::BTreeMap;
use std::hint::spin_loop;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Maximum number of buckets that are read into a buffer on the stack.
const STACK_BUCKETS: usize = 64;
/// Maximum number of tries before writers are paused.
const MAX_TRIES: usize = 128;
/// Maximum time to wait for a preempted writer to complete its observation.
const MAX_WRITER_WAIT: Duration = Duration::from_millis(250);

/// The versions of distributions whose writers did not complete in time, by cell address.
static STUCK: Mutex<BTreeMap<usize, u64>> = Mutex::new(BTreeMap::new());

/// A reader of metric values, which are the sums of cells over all threads.
#[derive(Clone)]
pub struct Reader {
    now: Instant,
    /// The segments of all threads, by segment number.
    segments: Vec<Vec<&'static SegmentCells>>,
    _reading: Arc<Reading>,
}

type SegmentCells = [AtomicU64; SEGMENT as usize];

/// A guard that prevents blocks from being merged during a read.
struct Reading;

impl Drop for Reading {
    fn drop(&mut self) {
        defer_reentrant(|| BLOCKS.end_read());
    }
}

impl Reader {
    /// Creates a reader of the current blocks.
    pub(crate) fn new() -> Self {
        Self::at(Instant::now())
    }

    /// Creates a reader of the current blocks; `now` determines the expiry of idle series.
    pub(crate) fn at(now: Instant) -> Self {
        defer_reentrant(|| {
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

    /// Returns the time of the read.
    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// Returns the value of a counter.
    #[inline]
    pub(crate) fn total(&self, cells: CellRef) -> u64 {
        self.scalars(cells).fold(0, u64::saturating_add)
    }

    /// Returns a faster reader for counters in nearby slots.
    pub(crate) fn totals(&self) -> TotalReader<'_> {
        TotalReader { reader: self, number: 0, segments: self.segments_of(0) }
    }

    /// Returns the value of a floating-point counter.
    pub(crate) fn float(&self, cells: CellRef) -> f64 {
        self.scalars(cells).map(f64::from_bits).sum()
    }

    /// Returns the value of a level, clamped to 0.
    ///
    /// The sum may be temporarily negative: a decrement by one thread may be visible before the increment by another.
    pub(crate) fn level(&self, cells: CellRef) -> i64 {
        (self.scalars(cells).fold(0, u64::wrapping_add) as i64).max(0)
    }

    /// Returns the activity of a series, and `true` if a call or timer is running.
    ///
    /// The activity is a number that changes with every update.
    pub(crate) fn activity(&self, layout: Layout, cells: CellRef) -> (u64, bool) {
        let (mut activity, mut running) = (0_u64, 0_u64);
        for at in self.cells(cells.slot()) {
            let (thread_activity, thread_running) = layout.activity(at, cells.generation());
            (activity, running) = (activity.wrapping_add(thread_activity), running.wrapping_add(thread_running));
        }
        (activity, running != 0)
    }

    /// Adds the buckets of a distribution (classic, then native) to `buckets`, and returns its sum.
    pub(crate) fn distribution(&self, cells: CellRef, layout: Distribution, buckets: &mut [u64]) -> f64 {
        let (mut on_stack, mut on_heap) = ([0; STACK_BUCKETS], Vec::new());
        let read = match on_stack.get_mut(..buckets.len()) {
            Some(on_stack) => on_stack,
            None => {
                on_heap.resize(buckets.len(), 0);
                &mut on_heap
            }
        };
        let mut sum = 0.0;
        for at in self.cells(cells.slot()) {
            let (thread_sum, marks) = self.read_distribution(at, cells, layout, read);
            layout.add_read(read, &marks, buckets);
            sum += thread_sum;
        }
        sum
    }

    /// Returns the values of a counter or level in all threads.
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
    /// Reads the distribution of one thread in bounded time.
    ///
    /// After [`MAX_TRIES`] failed seqlock reads, writers are paused. If a writer was interrupted in an observation and never
    /// completes it (its thread was killed, or exists only in the parent of a fork), the partial observation is read.
    fn read_distribution(
        &self,
        at: &[AtomicU64],
        cells: CellRef,
        layout: Distribution,
        buckets: &mut [u64],
    ) -> (f64, Marks) {
        for _ in 0..MAX_TRIES {
            if let Some(read) = layout.read(at, cells.generation(), buckets) {
                return read;
            }
            spin_loop();
        }
        let paused: Vec<_> =
            self.segments_of(PAUSED_SLOT).iter().map(|segment| &segment[PAUSED_SLOT as usize]).collect();
        let _pause = Pause::new(&paused);
        let (address, version) = (at.as_ptr() as usize, layout.version(at));
        if STUCK.lock().ignore_poison().get(&address) != Some(&version) {
            let started = Instant::now();
            while started.elapsed() < MAX_WRITER_WAIT {
                if let Some(read) = layout.read(at, cells.generation(), buckets) {
                    return read;
                }
                // The writer may be preempted: let it run.
                thread::yield_now();
            }
            STUCK.lock().ignore_poison().insert(address, layout.version(at));
        }
        layout.read_unvalidated(at, buckets)
    }
}

/// A reader of counters that caches the segments of the last slot it read.
pub(crate) struct TotalReader<'a> {
    reader: &'a Reader,
    /// The segment number of `segments`.
    number: u32,
    segments: &'a [&'static SegmentCells],
}

impl TotalReader<'_> {
    /// Returns the value of a counter.
    #[inline(always)]
    pub(crate) fn total(&mut self, cells: CellRef) -> u64 {
        // In the first generation the cell has no value of an earlier series, so the head need not be checked.
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
