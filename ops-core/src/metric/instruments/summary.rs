//! The count and the sum of what was observed.

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

/// The count and the sum of what was observed: an average, without the cost of buckets.
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

/// One series of a [`Summary`]: a distribution with one bucket.
#[derive(Clone, Copy, Debug)]
pub struct SummarySeries<'a> {
    cells: CellRef,
    /// The space of the cells is the summary's.
    summary: PhantomData<&'a ()>,
}

/// The cells of one series.
const LAYOUT: Layout = Layout::distribution(1, 0);

impl<'a> SummarySeries<'a> {
    const fn at(cells: CellRef) -> Self {
        SummarySeries { cells, summary: PhantomData }
    }

    /// Counts and sums `value`. NaN changes nothing, and is counted in `ops_metric_errors_total`.
    #[inline]
    pub fn observe(&self, value: f64) {
        observe::sum(self.cells, value);
    }

    /// Counts a duration, in seconds.
    #[inline]
    pub fn observe_duration(&self, duration: Duration) {
        self.observe(duration.as_secs_f64());
    }

    /// Counts the time until what this gives is dropped, in seconds.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// /// Time to authorise.
    /// #[ops::metric(unit = "seconds")]
    /// static AUTHORISATION: ops::Summary;
    ///
    /// drop(AUTHORISATION.start_timer());
    /// AUTHORISATION.start_timer().discard();
    /// assert_eq!(AUTHORISATION.count(), 1);
    /// ```
    pub fn start_timer(&self) -> Timer<'a> {
        Timer::new(Target::Summary { cells: self.cells, of: LAYOUT.of_each_distribution() })
    }

    /// How many observations there were, of all threads.
    pub fn count(&self) -> u64 {
        self.read(&Reader::new()).0
    }

    /// Their sum.
    pub fn sum(&self) -> f64 {
        self.read(&Reader::new()).1
    }

    /// The count and the sum, of one moment.
    pub(crate) fn read(&self, reader: &Reader) -> (u64, f64) {
        let mut count = [0];
        let sum = reader.distribution(self.cells, LAYOUT.of_each_distribution(), &mut count);
        (count[0], sum)
    }
}

impl<L: Labels> Summary<L> {
    /// A summary without series yet.
    pub const fn new() -> Self {
        Self::with_options(InstrumentOptions::new())
    }

    /// A summary as the attribute `#[metric]` declares it, for what is [registered at run time](crate::Metrics::register).
    ///
    /// # Panics
    /// If buckets are declared.
    #[track_caller]
    pub const fn with_options(options: InstrumentOptions) -> Self {
        Summary { family: SeriesFamily::new(options.without_buckets().series()) }
    }

    /// The series with these labels.
    ///
    /// An addition where the label set is static; where it is dynamic, a look-up that takes no lock. Keep the handle where the same
    /// labels are used often: it counts as long as the series is not removed and does not expire.
    #[inline]
    pub fn with(&self, labels: &L::Borrowed<'_>) -> SummarySeries<'_> {
        SummarySeries::at(self.family.cells(labels, Self::layout))
    }

    /// Removes the series with these labels. Returns `true` if it existed. The next use of them starts at 0.
    ///
    /// Handles that [`with`](Self::with) returned for them count nowhere from now on, also once the labels are used again. The
    /// series of a static label set stay. From the first call on, look-ups take a lock, which is held exclusively for a moment only.
    pub fn remove(&self, labels: &L::Borrowed<'_>) -> bool {
        self.family.remove(labels, Self::layout())
    }

    /// Removes all series, also the overflow series, as [`remove`](Self::remove) does one.
    pub fn clear(&self) {
        self.family.clear(Self::layout());
    }

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
        self.family.for_each(reader, Self::layout(), |labels, of| {
            let (count, sum) = SummarySeries::at(of.cells).read(reader);
            series(labels, Value::Summary { count, sum, created: of.created() });
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
    /// Counts and sums `value`. NaN changes nothing, and is counted in `ops_metric_errors_total`.
    #[inline]
    pub fn observe(&self, value: f64) {
        self.with(&()).observe(value);
    }

    /// Counts a duration, in seconds.
    #[inline]
    pub fn observe_duration(&self, duration: Duration) {
        self.with(&()).observe_duration(duration);
    }

    /// Counts the time until what this gives is dropped, as [`SummarySeries::start_timer`].
    pub fn start_timer(&self) -> Timer<'_> {
        self.with(&()).start_timer()
    }

    /// How many observations there were, of all threads.
    pub fn count(&self) -> u64 {
        self.with(&()).count()
    }

    /// Their sum.
    pub fn sum(&self) -> f64 {
        self.with(&()).sum()
    }
}
