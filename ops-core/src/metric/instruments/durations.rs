//! How long something took, each time.

use super::histogram_series::HistogramSeries;
use crate::metric::cells::space::Slots;
use crate::metric::cells::{CellRef, Reader};
use crate::metric::distribution::Buckets;
use crate::metric::value::Value;
use std::sync::LazyLock;

/// A histogram of seconds in the usual buckets: a constant so small that a program may have thousands.
#[derive(Debug)]
pub(crate) struct Durations(Slots);

static BOUNDS: LazyLock<Box<[f64]>> = LazyLock::new(|| Buckets::SECONDS.bounds().into());

impl Durations {
    pub(crate) const fn new() -> Self {
        Durations(Slots::new())
    }

    #[inline]
    pub(crate) fn observe(&self, seconds: f64) {
        self.series().observe(seconds);
    }

    pub(crate) fn collect(&self, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        series("", Value::Histogram(self.series().read(reader, &mut Vec::new())));
    }

    #[inline]
    fn series(&self) -> HistogramSeries<'static> {
        let bounds: &[f64] = &BOUNDS;
        HistogramSeries::at(CellRef::permanent(self.0.first(HistogramSeries::layout(bounds, false), 1)), bounds)
    }
}
