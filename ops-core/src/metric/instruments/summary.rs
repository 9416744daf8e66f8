//! Summaries without quantiles: the count and the sum of observations.

use super::impl_instrument::impl_instrument;
use super::instrument_options::InstrumentOptions;
use super::timer::{Target, Timer};
use crate::metric::cells::{CellRef, Layout, Reader};
use crate::metric::distribution::observe;
use crate::metric::labels::Labels;
use crate::metric::series::SeriesFamily;
use crate::metric::value::Value;
use std::marker::PhantomData;
use std::time::Duration;

/// The count and the sum of observations, for averages without the cost of buckets.
///
/// ```
/// # extern crate ops_core as ops;
/// /// Size of a page.
/// #[ops::metric(unit = "bytes")]
/// static PAGE_SIZE: ops::Summary;
///
/// PAGE_SIZE.observe(1_500.0);
/// PAGE_SIZE.observe(500.0);
/// assert_eq!((PAGE_SIZE.count(), PAGE_SIZE.sum()), (2, 2_000.0));
/// ```
pub struct Summary<L: Labels = ()> {
    family: SeriesFamily<L>,
}

/// One series of a [`Summary`].
#[derive(Clone, Copy, Debug)]
pub struct SummarySeries<'a> {
    cells: CellRef,
    /// Borrows the summary, which owns the cells.
    summary: PhantomData<&'a ()>,
}

/// The cell layout of one series: a distribution with a single bucket.
const LAYOUT: Layout = Layout::distribution(1, 0);

impl<'a> SummarySeries<'a> {
    const fn at(cells: CellRef) -> Self {
        SummarySeries { cells, summary: PhantomData }
    }

    /// Records `value`.
    ///
    /// NaN is dropped and counted in `ops_metric_errors_total`.
    #[inline]
    pub fn observe(&self, value: f64) {
        observe::sum(self.cells, value);
    }

    /// Records a duration, in seconds.
    #[inline]
    pub fn observe_duration(&self, duration: Duration) {
        self.observe(duration.as_secs_f64());
    }

    /// Starts a timer that records the elapsed time, in seconds, when dropped.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// /// Time to authorize a payment.
    /// #[ops::metric(unit = "seconds")]
    /// static AUTHORIZATION: ops::Summary;
    ///
    /// drop(AUTHORIZATION.start_timer());
    /// AUTHORIZATION.start_timer().discard();
    /// assert_eq!(AUTHORIZATION.count(), 1);
    /// ```
    pub fn start_timer(&self) -> Timer<'a> {
        Timer::new(Target::Summary { cells: self.cells, layout: LAYOUT.distribution_layout() })
    }

    /// Returns the number of observations over all threads.
    pub fn count(&self) -> u64 {
        self.read(&Reader::new()).0
    }

    /// Returns the sum of all observations.
    pub fn sum(&self) -> f64 {
        self.read(&Reader::new()).1
    }

    /// Returns a consistent count and sum.
    pub(crate) fn read(&self, reader: &Reader) -> (u64, f64) {
        let mut count = [0];
        let sum = reader.distribution(self.cells, LAYOUT.distribution_layout(), &mut count);
        (count[0], sum)
    }
}

impl<L: Labels> Summary<L> {
    /// Creates a summary.
    pub const fn new() -> Self {
        Self::with_options(InstrumentOptions::new())
    }

    /// Creates a summary with the options of `#[metric]`.
    ///
    /// Use it for summaries that are [registered at run time](crate::Metrics::register).
    ///
    /// # Panics
    /// Panics if `options` has buckets.
    #[track_caller]
    pub const fn with_options(options: InstrumentOptions) -> Self {
        Summary { family: SeriesFamily::new(options.without_buckets().series()) }
    }

    /// Returns the series with these labels, creating it if needed.
    ///
    /// Costs an addition for a static label set and a lock-free lookup for a dynamic one. Keep the returned handle if you use
    /// the same labels often; it is valid until the series is removed or expires.
    #[inline]
    pub fn with(&self, labels: &L::Borrowed<'_>) -> SummarySeries<'_> {
        SummarySeries::at(self.family.cells(labels, Self::layout))
    }

    /// Removes the series with these labels. Returns `true` if it existed.
    ///
    /// If the labels are used again, the new series starts at 0. Updates through handles that [`with`](Self::with) returned
    /// before the removal are dropped. Series of a static label set cannot be removed. After the first removal, lookups take
    /// a shared lock, which is held exclusively only briefly.
    pub fn remove(&self, labels: &L::Borrowed<'_>) -> bool {
        self.family.remove(labels, Self::layout())
    }

    /// Removes all series, including the overflow series. See [`remove`](Self::remove).
    pub fn clear(&self) {
        self.family.clear(Self::layout());
    }

    /// Returns the cell layout of one series.
    #[inline(always)]
    fn layout() -> Layout {
        SeriesFamily::<L>::layout(LAYOUT)
    }

    fn has_unique_labels(&self) -> bool {
        self.family.has_unique_series(Self::layout())
    }

    fn bytes_of_static_series(&self) -> u64 {
        self.family.static_bytes(Self::layout())
    }

    fn collect_series(&self, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        self.family.for_each(reader, Self::layout(), |labels, entry| {
            let (count, sum) = SummarySeries::at(entry.cells).read(reader);
            series(labels, Value::Summary { count, sum, created: entry.created() });
        });
    }
}

impl_instrument!(Summary<L>);

impl<L: Labels> Drop for Summary<L> {
    fn drop(&mut self) {
        self.family.release(Self::layout());
    }
}

impl Summary {
    /// Records `value`.
    ///
    /// NaN is dropped and counted in `ops_metric_errors_total`.
    #[inline]
    pub fn observe(&self, value: f64) {
        self.with(&()).observe(value);
    }

    /// Records a duration, in seconds.
    #[inline]
    pub fn observe_duration(&self, duration: Duration) {
        self.with(&()).observe_duration(duration);
    }

    /// Starts a timer that records the elapsed time when dropped. See [`SummarySeries::start_timer`].
    pub fn start_timer(&self) -> Timer<'_> {
        self.with(&()).start_timer()
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
