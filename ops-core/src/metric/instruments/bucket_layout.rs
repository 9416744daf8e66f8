//! Buckets of durations in the cells of one series, shared by functions and spans.

use super::histogram_series::HistogramSeries;
use crate::metric::buckets::Buckets;
use crate::metric::cells::{CellRef, Layout, Reader};
use crate::metric::distribution::native::NativeCounts;
use crate::metric::distribution::observe;
use crate::metric::value::HistogramValue;

/// The bounds of the classic buckets, and whether there are native ones.
#[derive(Debug)]
pub(super) struct BucketLayout {
    bounds: Box<[f64]>,
    is_native: bool,
    /// The number of cells of one series.
    len: u32,
}

/// Buffers for the buckets of a series, reused from one series to the next.
#[derive(Debug, Default)]
pub(super) struct BucketCounts {
    counts: Vec<u64>,
    native: NativeCounts,
}

impl BucketLayout {
    pub(super) fn new(buckets: Buckets) -> Self {
        let (bounds, is_native) = (buckets.bounds().into_boxed_slice(), buckets.is_native());
        let len = HistogramSeries::layout(&bounds, is_native).width();
        BucketLayout { len, bounds, is_native }
    }

    /// Returns the cells of one series.
    pub(super) fn cells(&self) -> Layout {
        HistogramSeries::layout(&self.bounds, self.is_native)
    }

    /// Returns the number of cells of one series.
    #[inline]
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// Counts `seconds` in the series with these cells.
    #[inline]
    pub(super) fn observe(&self, cells: CellRef, seconds: f64) {
        if self.is_native {
            self.observe_native(cells, seconds);
        } else {
            observe::classic(cells, &self.bounds, seconds);
        }
    }

    // A call, so that the usual path saves no registers for it.
    #[cold]
    fn observe_native(&self, cells: CellRef, seconds: f64) {
        self.at(cells).observe(seconds);
    }

    /// Reads the series with these cells into `counts`.
    pub(super) fn read<'a>(
        &'a self,
        cells: CellRef,
        reader: &Reader,
        counts: &'a mut BucketCounts,
    ) -> HistogramValue<'a> {
        let BucketCounts { counts, native } = counts;
        let sum = self.at(cells).read_counts(reader, counts);
        let (buckets, native_counts) = counts.split_at(self.bounds.len() + 1);
        let native = self.is_native.then(|| {
            native.read(native_counts);
            native.value()
        });
        HistogramValue { bounds: &self.bounds, buckets, sum, native, ..HistogramValue::default() }
    }

    #[inline]
    fn at(&self, cells: CellRef) -> HistogramSeries<'_> {
        HistogramSeries { cells, bounds: &self.bounds, is_native: self.is_native, shift: 0, exemplars: None }
    }
}
