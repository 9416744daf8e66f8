//! Extents: ranges of slots for series with the same layout.

use super::block::{Block, Distribution, get, set};
use super::layout::Layout;
use super::sync::AtomicU64;

/// Size of a cell in bytes.
pub(super) const CELL: u64 = size_of::<AtomicU64>() as u64;

/// The records of all extents, [`RECORD`] cells each.
///
/// They are not on the heap, because a global allocator that updates a counter may write a record during an allocation.
static EXTENTS: Block = Block::new();
/// Number of cells per record.
const RECORD: u32 = 4;

/// A range of slots for series with the same layout, consecutive or interleaved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    /// First slot.
    pub(super) first: u32,
    /// Number of series; 0 in an unused record.
    pub(super) series: u32,
    /// Distance between the first slots of adjacent series.
    pub(super) stride: u32,
    pub(super) layout: Layout,
}

impl Extent {
    /// Returns the first slot of each series.
    pub(super) fn slots(self) -> impl DoubleEndedIterator<Item = u32> {
        (0..self.series).map(move |number| self.first + number * self.stride)
    }

    /// Returns the number of slots.
    pub(super) fn len(self) -> u32 {
        self.series * if self.layout.distribution.shift > 0 { self.layout.width() } else { self.stride }
    }

    /// Returns the size in bytes.
    pub(super) fn bytes(self) -> u64 {
        u64::from(self.len()) * CELL
    }

    /// Merges the cells of this extent in `from` into those in `to`.
    pub(super) fn merge(self, from: &Block, to: &Block) {
        for slot in self.slots() {
            match from.existing(slot) {
                Some(cells) if self.layout.is_used(cells) => self.layout.merge(cells, to.cells(slot)),
                _ => {}
            }
        }
    }

    /// Writes the record with this number.
    pub(super) fn write(self, number: u32) {
        let Layout { levels, counters, float_counters, distributions, distribution, is_recycled } = self.layout;
        let Distribution { classic, native, shift } = distribution;
        let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        let words = [
            pair(self.first, self.series),
            pair(self.stride, u32::from_le_bytes([levels, counters, float_counters, distributions])),
            pair(classic, native),
            pair(shift, is_recycled.into()),
        ];
        for (cell, word) in EXTENTS.cells(number * RECORD).iter().zip(words) {
            set(cell, word);
        }
    }

    /// Reads the record with this number.
    pub(super) fn read(number: u32) -> Extent {
        let halves = |at: usize| {
            let word = get(&EXTENTS.cells(number * RECORD)[at]);
            (word as u32, (word >> 32) as u32)
        };
        let ((first, series), (stride, counts)) = (halves(0), halves(1));
        let ((classic, native), (shift, is_recycled)) = (halves(2), halves(3));
        let [levels, counters, float_counters, distributions] = counts.to_le_bytes();
        let distribution = Distribution { classic, native, shift };
        let is_recycled = is_recycled != 0;
        let layout = Layout { levels, counters, float_counters, distributions, distribution, is_recycled };
        Extent { first, series, stride, layout }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_round_trip() {
        let layout = Layout::distribution(12, 0).distributions(4).after_level_and_counters(2).recycled();
        let extent = Extent { first: 7, series: 9, stride: 64, layout };
        extent.write(1_000);
        assert_eq!(Extent::read(1_000), extent);
    }
}
