//! Histograms with classic or native buckets.

use super::exemplars::Exemplars;
use super::histogram_series::HistogramSeries;
use super::impl_instrument::impl_instrument;
use super::instrument_options::InstrumentOptions;
use super::timer::Timer;
use crate::metric::buckets::Buckets;
use crate::metric::cells::{CellRef, Layout, Reader};
use crate::metric::distribution::native::NativeCounts;
use crate::metric::labels::{Attr, Labels};
use crate::metric::series::SeriesFamily;
use crate::metric::value::{Exemplar, HistogramValue, Value};
use std::sync::OnceLock;
use std::time::Duration;

/// A distribution of observations, such as latencies or sizes, counted in buckets.
///
/// Prometheus estimates quantiles from the buckets. An update is a few plain stores to thread-local cells: it takes no lock
/// and shares no cache line.
///
/// ```
/// # extern crate ops_core as ops;
/// use std::time::Duration;
///
/// /// Time to authorize a payment.
/// #[ops::metric(unit = "seconds", buckets = exponential(0.001, 2.0, 12))]
/// static AUTHORIZATION: ops::Histogram;
///
/// AUTHORIZATION.observe_duration(Duration::from_millis(3));
/// assert_eq!(AUTHORIZATION.count(), 1);
/// ```
pub struct Histogram<L: Labels = ()> {
    family: SeriesFamily<L>,
    buckets: Buckets,
    layout: OnceLock<HistogramLayout>,
    exemplars: Exemplars,
}

/// The layout that all series of a histogram share.
#[derive(Debug)]
struct HistogramLayout {
    bounds: Box<[f64]>,
    /// Cell layout of one series.
    series: Layout,
    /// First slot and stride of the series of a static label set; 0 for a dynamic one.
    static_series: (u32, u32),
}

impl<L: Labels> Histogram<L> {
    /// Creates a histogram with the default [buckets for seconds](Buckets::SECONDS).
    pub const fn new() -> Self {
        Self::with_options(InstrumentOptions::new())
    }

    /// Creates a histogram with these buckets.
    pub const fn with_buckets(buckets: Buckets) -> Self {
        Self::with_options(InstrumentOptions::new().buckets(buckets))
    }

    /// Creates a histogram with the options of `#[metric]`.
    ///
    /// Use it for histograms that are [registered at run time](crate::Metrics::register).
    pub const fn with_options(options: InstrumentOptions) -> Self {
        Histogram {
            family: SeriesFamily::new(options.series()),
            buckets: options.resolved_buckets(),
            layout: OnceLock::new(),
            exemplars: Exemplars::new(),
        }
    }

    /// Returns the series with these labels, creating it if needed.
    ///
    /// Costs an addition for a static label set and a lock-free lookup for a dynamic one. Keep the returned handle if you use
    /// the same labels often; it is valid until the series is removed or expires.
    #[inline]
    pub fn with(&self, labels: &L::Borrowed<'_>) -> HistogramSeries<'_> {
        let layout = self.layout();
        let cells = if L::combinations().is_some() {
            let (first, stride) = layout.static_series;
            CellRef::permanent(first + labels.index() as u32 * stride)
        } else {
            self.dynamic_cells(layout, labels)
        };
        self.at(layout, cells)
    }

    /// Returns the cells of a series of a dynamic label set. Out of line to keep `with` small when inlined.
    #[inline(never)]
    fn dynamic_cells(&self, layout: &HistogramLayout, labels: &L::Borrowed<'_>) -> CellRef {
        self.family.cells(labels, || layout.series)
    }

    #[inline]
    fn at<'a>(&'a self, layout: &'a HistogramLayout, cells: CellRef) -> HistogramSeries<'a> {
        let is_native = self.buckets.is_native();
        let shift = if L::combinations().is_some() { 0 } else { layout.series.distribution_layout().shift };
        HistogramSeries { cells, bounds: &layout.bounds, is_native, shift, exemplars: Some(&self.exemplars) }
    }

    #[inline]
    fn layout(&self) -> &HistogramLayout {
        self.layout.get_or_init(|| {
            let bounds = self.buckets.bounds().into_boxed_slice();
            let series = SeriesFamily::<L>::layout(HistogramSeries::layout(&bounds, self.buckets.is_native()));
            HistogramLayout { bounds, series, static_series: self.family.static_series(series).unwrap_or_default() }
        })
    }

    /// Removes the series with these labels. Returns `true` if it existed.
    ///
    /// If the labels are used again, the new series starts at 0. Updates through handles that [`with`](Self::with) returned
    /// before the removal are dropped. Series of a static label set cannot be removed. After the first removal, lookups take
    /// a shared lock, which is held exclusively only briefly.
    pub fn remove(&self, labels: &L::Borrowed<'_>) -> bool {
        self.family.remove(labels, self.layout().series)
    }

    /// Removes all series, including the overflow series. See [`remove`](Self::remove).
    pub fn clear(&self) {
        self.family.clear(self.layout().series);
    }

    fn has_unique_labels(&self) -> bool {
        self.family.has_unique_series(self.layout().series)
    }

    fn bytes_of_static_series(&self) -> u64 {
        // Called before any series is allocated, so the layout is computed instead of initialized.
        let bounds = self.buckets.bounds();
        let series = HistogramSeries::layout(&bounds, self.buckets.is_native());
        self.family.static_bytes(SeriesFamily::<L>::layout(series))
    }

    fn collect_series(&self, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let layout = self.layout();
        self.exemplars.forget_removed(self.family.removals());
        let (mut counts, mut native_counts) = (Vec::new(), NativeCounts::default());
        self.family.for_each(reader, layout.series, |labels, entry| {
            let exemplars = self.exemplars_of(entry.cells);
            let sum = self.at(layout, entry.cells).read_counts(reader, &mut counts);
            let bounds = &*layout.bounds;
            let (buckets, native) = counts.split_at(bounds.len() + 1);
            let native = self.buckets.is_native().then(|| {
                native_counts.read(native);
                native_counts.value()
            });
            let (exemplars, created) = (&*exemplars, entry.created());
            series(labels, Value::Histogram(HistogramValue { bounds, buckets, sum, native, exemplars, created }));
        });
    }

    fn exemplars_of(&self, cells: CellRef) -> Vec<Option<Exemplar>> {
        if self.exemplars.has_any() {
            self.exemplars.of_series(cells, self.layout().bounds.len() + 1)
        } else {
            Vec::new()
        }
    }
}

impl_instrument!(Histogram<L>);

impl<L: Labels> Drop for Histogram<L> {
    fn drop(&mut self) {
        if let Some(layout) = self.layout.get() {
            self.family.release(layout.series);
        }
    }
}

impl Histogram {
    /// Records `value` in the first bucket whose upper bound is at least `value`.
    ///
    /// NaN is dropped and counted in `ops_metric_errors_total`.
    #[inline]
    pub fn observe(&self, value: f64) {
        self.with(&()).observe(value);
    }

    /// Records `value` and an exemplar. See [`HistogramSeries::observe_with_exemplar`].
    pub fn observe_with_exemplar(&self, value: f64, labels: &[Attr]) {
        self.with(&()).observe_with_exemplar(value, labels);
    }

    /// Starts a timer that records the elapsed time when dropped. See [`HistogramSeries::start_timer`].
    pub fn start_timer(&self) -> Timer<'_> {
        self.with(&()).start_timer()
    }

    /// Records a duration, in seconds.
    #[inline]
    pub fn observe_duration(&self, duration: Duration) {
        self.with(&()).observe_duration(duration);
    }

    /// Returns the number of observations over all threads.
    pub fn count(&self) -> u64 {
        self.with(&()).count()
    }

    /// Returns the sum of all observations.
    pub fn sum(&self) -> f64 {
        self.with(&()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_upper_bounds_are_inclusive() {
        static SIZES: Histogram = Histogram::with_buckets(Buckets::list(&[1.0, 2.0]));
        for value in [0.5, 1.0, 1.5, 2.0, 7.0, f64::NAN, f64::INFINITY] {
            SIZES.observe(value);
        }
        assert_eq!(SIZES.with(&()).read(&Reader::new(), &mut Vec::new()).buckets, [2, 2, 2]);
        assert_eq!((SIZES.count(), SIZES.sum()), (6, f64::INFINITY));
    }

    #[test]
    fn count_and_sum_are_consistent_under_concurrent_observations() {
        static ONES: Histogram = Histogram::with_buckets(Buckets::list(&[0.5, 1.0]));
        let (observations, snapshots) = if cfg!(miri) { (50, 20) } else { (100_000, 10_000) };
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| (0..observations).for_each(|_| ONES.observe(1.0)));
            }
            let mut buckets = Vec::new();
            for _ in 0..snapshots {
                let value = ONES.with(&()).read(&Reader::new(), &mut buckets);
                assert_eq!(value.sum, value.count() as f64);
            }
        });
        assert_eq!(ONES.count(), 3 * observations);
    }
}
