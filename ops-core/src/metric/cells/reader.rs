//! Reads cells: sums the copies of all threads.

use super::block::{self, Block, get, get_float};
use super::sync::SEGMENT;
use super::thread_cells;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

/// So many buckets are read in memory of the stack.
const FEW: usize = 64;

/// Reads the sum over all threads of what is in a slot.
#[derive(Clone)]
pub struct Reader {
    now: Instant,
    /// By number, that segment of each thread that has it.
    segments: Vec<Vec<&'static SegmentCells>>,
}

type SegmentCells = [AtomicU64; SEGMENT as usize];

impl Reader {
    /// A reader of the threads that there are now.
    pub(crate) fn new() -> Self {
        Self::at(Instant::now())
    }

    /// A reader of the threads that there are now, for which it is `now`: by this moment idle series expire.
    pub(crate) fn at(now: Instant) -> Self {
        let mut segments: Vec<Vec<&'static SegmentCells>> = Vec::new();
        for (number, cells) in thread_cells::blocks().into_iter().flat_map(Block::segments) {
            if segments.len() <= number {
                segments.resize(number + 1, Vec::new());
            }
            segments[number].extend(<&SegmentCells>::try_from(cells));
        }
        Reader { now, segments }
    }

    /// The moment at which it reads.
    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// The counter in `slot`.
    #[inline(always)]
    pub(crate) fn total(&self, slot: u32) -> u64 {
        self.cells(slot).fold(0, |total, cell| total.saturating_add(get(cell)))
    }

    /// The counters in slots that are asked for one after the other, most of them near each other.
    pub(crate) fn totals(&self) -> TotalReader<'_> {
        TotalReader { reader: self, number: 0, segments: self.segments_of(0) }
    }

    /// What is another after each update of the counter or the distribution at `slot`.
    pub(crate) fn mark(&self, slot: u32) -> u64 {
        self.cells(slot).fold(0, |mark, cell| mark.wrapping_add(get(cell)))
    }

    /// The floating-point counter in `slot`.
    pub(crate) fn float(&self, slot: u32) -> f64 {
        self.cells(slot).map(get_float).sum()
    }

    /// The level in `slot`; never below 0, though a thread may be seen to take away what another is not yet seen to add.
    pub(crate) fn level(&self, slot: u32) -> i64 {
        let level = self.cells(slot).fold(0_u64, |level, cell| level.wrapping_add(get(cell)));
        (level as i64).max(0)
    }

    /// Puts the buckets of the distribution at `slot` in `buckets`, which are 0, and gives its sum.
    pub(crate) fn distribution(&self, slot: u32, buckets: &mut [u64]) -> f64 {
        let mut segments = self.segments_of(slot).iter().map(|segment| &segment[(slot % SEGMENT) as usize..]);
        let Some(first) = segments.next() else { return 0.0 };
        let mut sum = block::read(first, buckets);
        let (mut few, mut many) = ([0; FEW], Vec::new());
        for segment in segments {
            // Classic buckets are few, and reading them allocates nothing.
            let more = match few.get_mut(..buckets.len()) {
                Some(few) => few,
                None => {
                    many.resize(buckets.len(), 0);
                    &mut many
                }
            };
            sum += block::read(segment, more);
            for (bucket, more) in buckets.iter_mut().zip(more) {
                *bucket += *more;
            }
        }
        sum
    }

    #[inline(always)]
    fn cells(&self, slot: u32) -> impl Iterator<Item = &'static AtomicU64> {
        self.segments_of(slot).iter().map(move |segment| &segment[(slot % SEGMENT) as usize])
    }

    #[inline(always)]
    fn segments_of(&self, slot: u32) -> &[&'static SegmentCells] {
        self.segments.get((slot / SEGMENT) as usize).map_or(&[], Vec::as_slice)
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
    /// The counter in `slot`.
    #[inline(always)]
    pub(crate) fn of(&mut self, slot: u32) -> u64 {
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
