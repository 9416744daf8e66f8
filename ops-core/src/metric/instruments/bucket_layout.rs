//! Cell layout of duration histograms, shared by function metrics and spans.

use super::histogram_series::HistogramSeries;
use crate::metric::buckets::Buckets;
use crate::metric::cells::{CellRef, Layout, Reader};
use crate::metric::distribution::native::NativeCounts;
use crate::metric::distribution::observe;
use crate::metric::value::HistogramValue;

/// The buckets of a duration histogram and their cell layout.
#[derive(Debug)]
pub(super) struct BucketLayout {
    bounds: Box<[f64]>,
    is_native: bool,
    /// Number of cells per series.
    len: u32,
}

/// Reusable buffers for reading the buckets of a series.
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

    /// Returns the cell layout of one series.
    pub(super) fn cells(&self) -> Layout {
        HistogramSeries::layout(&self.bounds, self.is_native)
    }

    /// Returns the number of cells per series.
    #[inline]
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// Records `seconds` in the series with these cells.
    #[inline]
    pub(super) fn observe(&self, cells: CellRef, seconds: f64) {
        if self.is_native {
            self.observe_native(cells, seconds);
        } else {
            observe::classic(cells, &self.bounds, seconds);
        }
    }

    // Out of line, so that the classic path spills no registers for it.
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
