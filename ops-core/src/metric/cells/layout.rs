//! What the cells of a series are, in their order: levels, counters, and distributions.

use super::block::{self, Distribution, get, get_float};
use super::sync::{AtomicU64, SEGMENT};

/// The cells of one series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Layout {
    pub(super) levels: u8,
    pub(super) counters: u8,
    pub(super) float_counters: u8,
    pub(super) distributions: u8,
    pub(super) distribution: Distribution,
    /// Returns `true` if another series may have the cells after this one: each group of them then has its generation.
    pub(super) is_recycled: bool,
}

/// The logarithm of the most series whose native buckets lie side by side: with those of an octave they fill a page of 4 KiB.
const MAX_SHIFT: u32 = 6;

const NONE: Distribution = Distribution { classic: 0, native: 0, shift: 0 };

impl Layout {
    const EMPTY: Layout =
        Layout { levels: 0, counters: 0, float_counters: 0, distributions: 0, distribution: NONE, is_recycled: false };

    /// A counter of integers.
    pub(crate) const COUNTER: Layout = Layout { counters: 1, ..Self::EMPTY };
    /// A counter of floating-point numbers.
    pub(crate) const FLOAT_COUNTER: Layout = Layout { float_counters: 1, ..Self::EMPTY };

    /// One distribution, with so many classic and native buckets.
    pub(crate) const fn distribution(classic: u32, native: u32) -> Self {
        let distribution = Distribution { classic, native, shift: 0 };
        Layout { distributions: 1, distribution, ..Self::EMPTY }
    }

    /// So many counters of integers.
    pub(crate) const fn counters(counters: u8) -> Self {
        Layout { counters, ..Self::EMPTY }
    }

    /// So many distributions like this one.
    pub(crate) const fn distributions(self, distributions: u8) -> Self {
        Layout { distributions, ..self }
    }

    /// A level and so many counters of integers, and after them these cells.
    pub(crate) const fn after_level_and_counters(self, counters: u8) -> Self {
        Layout { levels: 1, counters: self.counters + counters, ..self }
    }

    /// The same cells, which another series may have after this one.
    pub(crate) const fn recycled(self) -> Self {
        let Distribution { classic, native, .. } = self.distribution;
        let mut shift = 0;
        // Of several distributions each has its place in the cells of the series.
        while native > 0
            && self.distributions == 1
            && self.levels == 0
            && shift < MAX_SHIFT
            && self.distribution.len() << (shift + 1) <= SEGMENT
        {
            shift += 1;
        }
        Layout { is_recycled: true, distribution: Distribution { classic, native, shift }, ..self }
    }

    /// Its distributions.
    pub(crate) const fn of_each_distribution(self) -> Distribution {
        self.distribution
    }

    /// The number of cells.
    pub(crate) const fn width(self) -> u32 {
        self.first_distribution() + self.distributions as u32 * self.distribution.len()
    }

    /// The distance from the first cell to that of the distribution number `number`.
    const fn distribution_at(self, number: u32) -> u32 {
        self.first_distribution() + number * self.distribution.len()
    }

    const fn first_distribution(self) -> u32 {
        (self.levels + self.counters + self.float_counters) as u32 * self.scalar_width()
    }

    /// A counter or level that is recycled has its generation before it.
    const fn scalar_width(self) -> u32 {
        if self.is_recycled { RECYCLED_SCALAR } else { 1 }
    }

    /// The distance from the first cell of one series to that of the next, of so many series that lie one after the other.
    #[inline]
    pub(crate) const fn stride(self, series: u32) -> Option<u32> {
        let width = self.width();
        if width > SEGMENT {
            return None;
        }
        // Of more than a segment, no series may lie in two of them.
        match width.checked_mul(series) {
            Some(cells) if cells <= SEGMENT => Some(width),
            _ => Some(width.next_power_of_two()),
        }
    }

    /// The same cells, recycled if `other` is.
    pub(crate) const fn with_recycling_of(self, other: Layout) -> Self {
        if other.is_recycled { self.recycled() } else { self }
    }

    /// The bytes of so many series; the largest number if no segment has room for one.
    pub(crate) const fn bytes(self, series: u32) -> u64 {
        match self.stride(series) {
            Some(stride) => series as u64 * stride as u64 * size_of::<u64>() as u64,
            None => u64::MAX,
        }
    }

    /// Returns `true` if anything may have been counted in these cells.
    pub(super) fn is_used(self, cells: &[AtomicU64]) -> bool {
        let step = 1 << self.distribution.shift;
        // Of native buckets only the head says so.
        let width = if self.distribution.native > 0 { 1 } else { self.width() as usize };
        cells.iter().step_by(step).take(width).any(|cell| get(cell) != 0)
    }

    /// Runs `read` on each group of cells of a recycled series, from its generation on; with `true` for a level, `false` for a
    /// counter, and nothing for a distribution.
    pub(super) fn for_each_group<'a>(
        self,
        cells: &'a [AtomicU64],
        mut read: impl FnMut(Option<bool>, &'a [AtomicU64]),
    ) {
        let scalars = usize::from(self.levels + self.counters + self.float_counters);
        for number in 0..scalars {
            read(Some(number < self.levels.into()), &cells[number * self.scalar_width() as usize..]);
        }
        for number in 0..self.distributions {
            read(None, &cells[self.distribution_at(number.into()) as usize..]);
        }
    }

    /// The level of timers that are running, of a distribution.
    pub(super) fn timers(self, distribution: &[AtomicU64]) -> u64 {
        get(&distribution[block::TIMERS << self.distribution.shift])
    }

    /// Adds what was counted in `from`, the cells of one series, to `to`, which nobody reads or writes meanwhile.
    pub(super) fn merge(self, from: &[AtomicU64], to: &[AtomicU64]) {
        let counts = [self.levels, self.counters, self.float_counters];
        let adds = [add_level, add, add_float];
        let scalars = counts.into_iter().zip(adds).flat_map(|(count, add)| (0..count).map(move |_| add));
        let width = self.scalar_width() as usize;
        for (number, add) in scalars.enumerate() {
            let (from, to) = (&from[number * width..], &to[number * width..]);
            if !self.is_recycled {
                add(&from[0], &to[0]);
            } else if get(&from[0]) != 0 && block::claim(to, block::generation(get(&from[0]))) {
                add(&from[1], &to[1]);
                let touched = get(&from[0]) & !u64::from(u32::MAX);
                block::set(&to[0], get(&to[0]).wrapping_add(touched));
            }
        }
        for number in 0..self.distributions {
            let at = self.distribution_at(number.into()) as usize;
            self.distribution.merge(&from[at..], &to[at..]);
        }
    }
}

fn add(from: &AtomicU64, to: &AtomicU64) {
    let _ = block::add(to, get(from));
}

fn add_float(from: &AtomicU64, to: &AtomicU64) {
    let _ = block::add_float(to, get_float(from));
}

fn add_level(from: &AtomicU64, to: &AtomicU64) {
    block::add_level(to, get(from) as i64);
}

/// Cells of a series: the number of the first one, the same in every thread, and the generation that they are of.
///
/// One word: an update keeps it in one register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct CellRef(u64);

/// The cells of a counter or level that is recycled: its generation, and the value.
const RECYCLED_SCALAR: u32 = 2;

/// The generation of cells that one series has for as long as anybody may update them.
pub(super) const PERMANENT: u32 = 0;
/// The generation of the first series that has cells which are recycled.
pub(super) const FIRST_GENERATION: u32 = 1;
/// From this slot on there are no cells: updates are dropped and counted.
pub(super) const SINK: u32 = 1 << 31;

impl CellRef {
    /// No cells: updates are dropped and counted.
    pub(crate) const SINK: CellRef = CellRef::permanent(SINK);

    /// Cells that are never recycled.
    #[inline]
    pub(crate) const fn permanent(slot: u32) -> Self {
        CellRef::new(slot, PERMANENT)
    }

    /// Cells of this generation.
    #[inline]
    pub(crate) const fn new(slot: u32, generation: u32) -> Self {
        CellRef(slot as u64 | (generation as u64) << 32)
    }

    #[inline]
    pub(crate) const fn slot(self) -> u32 {
        self.0 as u32
    }

    #[inline]
    pub(crate) const fn generation(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[inline]
    pub(crate) const fn from_bits(bits: u64) -> Self {
        CellRef(bits)
    }

    pub(crate) const fn to_bits(self) -> u64 {
        self.0
    }

    /// The cells that begin `distance` after these.
    #[inline]
    pub(crate) const fn after(self, distance: u32) -> Self {
        CellRef(self.0 + distance as u64)
    }

    /// The cells that begin after so many counters and levels.
    #[inline]
    pub(crate) const fn after_scalars(self, number: u32) -> Self {
        self.after(number * if self.is_permanent() { 1 } else { RECYCLED_SCALAR })
    }

    /// Returns `true` if the series may be removed while a handle of it is around.
    pub(crate) const fn may_expire(self) -> bool {
        !self.is_permanent()
    }

    #[inline]
    pub(super) const fn is_permanent(self) -> bool {
        self.generation() == PERMANENT
    }

    /// Returns `true` if updates are dropped.
    pub(crate) const fn is_sink(self) -> bool {
        self.slot() >= SINK
    }
}
