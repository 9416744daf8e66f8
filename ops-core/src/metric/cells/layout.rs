//! Cell layouts of a series (levels, counters, then distributions), and references to its cells.

use super::block::{self, Distribution, get, get_float};
use super::sync::{AtomicU64, SEGMENT};

/// The cell layout of one series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Layout {
    pub(super) levels: u8,
    pub(super) counters: u8,
    pub(super) float_counters: u8,
    pub(super) distributions: u8,
    pub(super) distribution: Distribution,
    /// `true` if other series reuse the cells; each group of cells then has a generation.
    pub(super) is_recycled: bool,
}

/// Multiplier of recorded updates in an activity value, so that they do not cancel out additions.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Base-2 logarithm of the maximum number of interleaved series.
///
/// At the maximum, one octave of native buckets fills a 4 KiB page.
const MAX_SHIFT: u32 = 6;

const NONE: Distribution = Distribution { classic: 0, native: 0, shift: 0 };

impl Layout {
    const EMPTY: Layout =
        Layout { levels: 0, counters: 0, float_counters: 0, distributions: 0, distribution: NONE, is_recycled: false };

    /// An integer counter.
    pub(crate) const COUNTER: Layout = Layout { counters: 1, ..Self::EMPTY };
    /// A floating-point counter.
    pub(crate) const FLOAT_COUNTER: Layout = Layout { float_counters: 1, ..Self::EMPTY };

    /// Creates the layout of one distribution with these numbers of classic and native buckets.
    pub(crate) const fn distribution(classic: u32, native: u32) -> Self {
        let distribution = Distribution { classic, native, shift: 0 };
        Layout { distributions: 1, distribution, ..Self::EMPTY }
    }

    /// Creates the layout of this number of integer counters.
    pub(crate) const fn counters(counters: u8) -> Self {
        Layout { counters, ..Self::EMPTY }
    }

    /// Sets the number of distributions.
    pub(crate) const fn distributions(self, distributions: u8) -> Self {
        Layout { distributions, ..self }
    }

    /// Prepends a level and this number of integer counters.
    pub(crate) const fn after_level_and_counters(self, counters: u8) -> Self {
        Layout { levels: 1, counters: self.counters + counters, ..self }
    }

    /// Returns the recycled variant of this layout, interleaved if it has native buckets.
    pub(crate) const fn recycled(self) -> Self {
        let Distribution { classic, native, .. } = self.distribution;
        let mut shift = 0;
        // A series with several distributions is not interleaved.
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

    /// Returns the layout of one distribution; all distributions of a series have the same.
    pub(crate) const fn distribution_layout(self) -> Distribution {
        self.distribution
    }

    /// Returns the number of cells.
    pub(crate) const fn width(self) -> u32 {
        self.first_distribution() + self.distributions as u32 * self.distribution.len()
    }

    /// Returns the offset of distribution `number`.
    const fn distribution_at(self, number: u32) -> u32 {
        self.first_distribution() + number * self.distribution.len()
    }

    const fn first_distribution(self) -> u32 {
        (self.levels + self.counters + self.float_counters) as u32 * self.scalar_width()
    }

    /// Returns the number of cells of a counter or level; recycled ones have a head with the generation.
    const fn scalar_width(self) -> u32 {
        if self.is_recycled { RECYCLED_SCALAR } else { 1 }
    }

    /// Returns the distance between consecutive series, or `None` if a series does not fit in a segment.
    #[inline]
    pub(crate) const fn stride(self, series: u32) -> Option<u32> {
        let width = self.width();
        if width > SEGMENT {
            return None;
        }
        // No series may span two segments, so the stride must divide the segment size.
        match width.checked_mul(series) {
            Some(cells) if cells <= SEGMENT => Some(width),
            _ => Some(width.next_power_of_two()),
        }
    }

    /// Returns this layout, recycled if `other` is.
    pub(crate) const fn with_recycling_of(self, other: Layout) -> Self {
        if other.is_recycled { self.recycled() } else { self }
    }

    /// Returns the size of `series` series in bytes, or `u64::MAX` if a series does not fit in a segment.
    pub(crate) const fn bytes(self, series: u32) -> u64 {
        match self.stride(series) {
            Some(stride) => series as u64 * stride as u64 * size_of::<u64>() as u64,
            None => u64::MAX,
        }
    }

    /// Returns `true` if the cells may have values.
    pub(super) fn is_used(self, cells: &[AtomicU64]) -> bool {
        let step = 1 << self.distribution.shift;
        // With native buckets the head is sufficient: every observation changes it.
        let width = if self.distribution.native > 0 { 1 } else { self.width() as usize };
        cells.iter().step_by(step).take(width).any(|cell| get(cell) != 0)
    }

    /// Returns the activity of a recycled series and the number of its running calls and timers.
    ///
    /// The activity is a number that changes with every update. Merging the cells of two threads preserves the sums over all
    /// threads, unless both have a non-zero floating-point counter.
    pub(super) fn activity(self, cells: &[AtomicU64], generation: u32) -> (u64, u64) {
        let (mut activity, mut running) = (0_u64, 0_u64);
        let updates = |group: &[AtomicU64]| {
            let head = get(&group[0]);
            (block::generation(head) == generation).then_some(head / block::STEP)
        };
        for number in 0..usize::from(self.levels + self.counters + self.float_counters) {
            let group = &cells[number * self.scalar_width() as usize..];
            let Some(updates) = updates(group) else { continue };
            let value = get(&group[1]);
            activity = activity.wrapping_add(updates.wrapping_mul(SPREAD)).wrapping_add(value);
            if number < self.levels.into() {
                running = running.wrapping_add(value);
            }
        }
        for number in 0..self.distributions {
            let group = &cells[self.distribution_at(number.into()) as usize..];
            let Some(updates) = updates(group) else { continue };
            activity = activity.wrapping_add(updates);
            running = running.wrapping_add(get(&group[block::TIMERS << self.distribution.shift]));
        }
        (activity, running)
    }

    /// Merges the cells of a series in `from` into `to`; no other thread may access them concurrently.
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

/// A reference to the cells of a series: the first slot and the generation.
///
/// Packed into one word, so that it is passed in one register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct CellRef(u64);

/// Number of cells of a recycled counter or level: head and value.
const RECYCLED_SCALAR: u32 = 2;

/// Generation of cells that are never recycled.
pub(super) const PERMANENT: u32 = 0;
/// Generation of the first series in recycled cells.
pub(super) const FIRST_GENERATION: u32 = 1;
/// First slot without cells: updates at or above it are dropped and counted.
pub(super) const SINK: u32 = 1 << 31;

impl CellRef {
    /// A reference without cells: updates are dropped and counted.
    pub(crate) const SINK: CellRef = CellRef::permanent(SINK);

    /// Creates a reference to cells that are never recycled.
    #[inline]
    pub(crate) const fn permanent(slot: u32) -> Self {
        CellRef::new(slot, PERMANENT)
    }

    /// Creates a reference to cells of this generation.
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

    /// Returns the cells at the offset `distance`.
    #[inline]
    pub(crate) const fn after(self, distance: u32) -> Self {
        CellRef(self.0 + distance as u64)
    }

    /// Returns the cells after `number` counters and levels.
    #[inline]
    pub(crate) const fn after_scalars(self, number: u32) -> Self {
        self.after(number * if self.is_permanent() { 1 } else { RECYCLED_SCALAR })
    }

    /// Returns `true` if the series can be removed while handles of it exist.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::array;

    #[test]
    fn merging_cells_does_not_count_as_activity() {
        let layouts = [
            Layout::COUNTER.recycled(),
            Layout::distribution(2, 0).recycled(),
            Layout::distribution(0, 9).recycled(),
            Layout::distribution(1, 0).distributions(2).after_level_and_counters(0).recycled(),
        ];
        for layout in layouts {
            // Thread 0 updated an earlier series, or none; thread 1 none; thread 2 the current one.
            for earlier in [None, Some(1), Some(2)] {
                let threads: [Vec<AtomicU64>; 3] = array::from_fn(|_| {
                    let cells = layout.width() << layout.distribution.shift;
                    (0..cells).map(|_| AtomicU64::new(0)).collect()
                });
                let update = |cells: &[AtomicU64], generation| {
                    for number in 0..usize::from(layout.levels + layout.counters) {
                        let scalar = &cells[2 * number..];
                        block::claim(scalar, generation);
                        block::add(&scalar[1], 5);
                    }
                    for number in 0..layout.distributions {
                        let at = &cells[layout.distribution_at(number.into()) as usize..];
                        layout.distribution.claim(at, generation);
                        match layout.distribution.native {
                            0 => Distribution::observe(at, 0, 1.0),
                            _ => layout.distribution.observe_native(at, 3, None, 1.0),
                        }
                    }
                };
                if let Some(earlier) = earlier {
                    update(&threads[0], earlier);
                }
                update(&threads[2], 2);
                let total = |threads: &[&Vec<AtomicU64>]| {
                    let each = threads.iter().map(|cells| layout.activity(cells, 2));
                    each.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
                };
                let before = total(&[&threads[0], &threads[1], &threads[2]]);
                layout.merge(&threads[2], &threads[1]);
                assert_eq!(total(&[&threads[0], &threads[1]]), before, "{layout:?}");
                layout.merge(&threads[1], &threads[0]);
                assert_eq!(total(&[&threads[0]]), before, "{layout:?} after {earlier:?}");
            }
        }
    }
}
