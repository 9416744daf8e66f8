//! Duration histograms of spans.

use super::bucket_layout::{BucketCounts, BucketLayout};
use crate::descriptor::Location;
use crate::metric::buckets::{Buckets, DurationBuckets};
use crate::metric::cells::slots::Slots;
use crate::metric::cells::{CellRef, Reader};
use crate::metric::value::Value;
use std::mem::ManuallyDrop;
use std::sync::OnceLock;

/// A lazily initialized duration histogram of one span, small enough for thousands of static instances.
#[derive(Debug)]
pub(crate) struct Durations {
    location: Location,
    series: ManuallyDrop<OnceLock<Series>>,
}

/// The only series of the histogram, allocated on first use.
#[derive(Debug)]
struct Series {
    layout: BucketLayout,
    cells: CellRef,
    _slots: Slots,
}

impl Durations {
    /// Creates the duration histogram of the span at `location`.
    pub(crate) const fn new(location: Location) -> Self {
        Durations { location, series: ManuallyDrop::new(OnceLock::new()) }
    }

    /// Returns the source location of the span.
    pub(crate) const fn location(&self) -> Location {
        self.location
    }

    /// Sets the default buckets. No effect if the package declares its own, or once the series exists.
    pub(crate) fn set_default_buckets(&self, buckets: Buckets) {
        self.series_or(buckets);
    }

    #[inline]
    pub(crate) fn observe(&self, seconds: f64) {
        let series = self.series();
        series.layout.observe(series.cells, seconds);
    }

    pub(crate) fn collect(&self, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let only = self.series();
        series("", Value::Histogram(only.layout.read(only.cells, reader, &mut BucketCounts::default())));
    }

    #[inline]
    fn series(&self) -> &Series {
        match self.series.get() {
            Some(series) => series,
            None => self.series_or(Buckets::SECONDS),
        }
    }

    /// Returns the series, creating it with the buckets of its package, or else with `default`.
    #[cold]
    fn series_or(&self, default: Buckets) -> &Series {
        self.series.get_or_init(|| {
            let buckets = DurationBuckets::Default.resolve(self.location, default).unwrap_or(default);
            let (layout, slots) = (BucketLayout::new(buckets), Slots::new());
            let cells = CellRef::permanent(slots.first(layout.cells(), 1));
            Series { layout, cells, _slots: slots }
        })
    }
}
