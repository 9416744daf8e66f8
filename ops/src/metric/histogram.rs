//! How observations are spread over buckets.

use super::attr::Attr;
use super::buckets::Buckets;
use super::errors::{self, Reason};
use super::exemplars::Exemplars;
use super::family::{Declared, Family};
use super::instrument::{Exemplar, HistogramValue, Value, instrument};
use super::labels::Labels;
use super::native::{self, Shown};
use super::shard::{self, Reader};
use super::timer::{Series, Timer};
use std::sync::OnceLock;
use std::time::Duration;

/// How observations are spread over buckets: latencies, sizes. The quantiles are Prometheus' to compute.
///
/// An update is a few plain stores in memory of the thread's own: no lock, no shared cache line.
///
/// ```
/// use std::time::Duration;
///
/// /// Time to authorise.
/// #[ops::metric(unit = "seconds", buckets = exponential(0.001, 2.0, 12))]
/// static AUTHORISATION: ops::Histogram;
///
/// AUTHORISATION.observe_duration(Duration::from_millis(3));
/// assert_eq!(AUTHORISATION.count(), 1);
/// ```
pub struct Histogram<L: Labels = ()> {
    family: Family<L>,
    buckets: Buckets,
    layout: OnceLock<Layout>,
    exemplars: Exemplars,
}

/// What is the same for all series of a histogram.
#[derive(Debug)]
struct Layout {
    bounds: Box<[f64]>,
    /// The slots of one series.
    width: u32,
    /// The first slot of all, where the label set is closed.
    closed: Option<u32>,
}

/// One series of a [`Histogram`].
#[derive(Clone, Copy, Debug)]
pub struct HistogramSeries<'a> {
    slot: u32,
    bounds: &'a [f64],
    is_native: bool,
    exemplars: Option<&'a Exemplars>,
}

/// With more bounds than this it is quicker to search than to compare with each.
const MANY: usize = 48;

impl<'a> HistogramSeries<'a> {
    /// The slots of one series of classic buckets with these bounds.
    pub(crate) fn width(bounds: &[f64]) -> u32 {
        shard::HEAD + bounds.len() as u32 + 1
    }

    /// The series of classic buckets, without exemplars, that starts at `slot`.
    pub(crate) fn at(slot: u32, bounds: &'a [f64]) -> Self {
        HistogramSeries { slot, bounds, is_native: false, exemplars: None }
    }

    /// Counts `value` in the first bucket whose bound it does not exceed. NaN changes nothing, and is counted in
    /// `ops_metric_errors_total`.
    #[inline(always)]
    pub fn observe(&self, value: f64) {
        if self.bounds.is_empty() {
            observe_native(self.slot, value);
        } else if !self.is_native {
            observe_classic(self.slot, self.bounds, value);
        } else {
            observe_both(self.slot, self.bounds, value);
        }
    }

    /// Counts `value`, and remembers the trace that it belongs to: `&[attr("trace_id", id)]`.
    ///
    /// The labels are dropped if they have more than 128 characters, which is what OpenMetrics allows.
    pub fn observe_with_exemplar(&self, value: f64, labels: &[Attr]) {
        self.observe(value);
        if let Some(exemplars) = self.exemplars
            && !value.is_nan()
        {
            exemplars.keep(self.slot, bucket(self.bounds, value), value, labels);
        }
    }

    /// Counts a duration, in seconds.
    #[inline]
    pub fn observe_duration(&self, duration: Duration) {
        self.observe(duration.as_secs_f64());
    }

    /// Counts the time until what this gives is dropped, in seconds.
    ///
    /// ```
    /// /// Time to authorise.
    /// #[ops::metric(unit = "seconds")]
    /// static AUTHORISATION: ops::Histogram;
    ///
    /// let timer = AUTHORISATION.start_timer();
    /// drop(timer);
    /// AUTHORISATION.start_timer().discard();
    /// assert_eq!(AUTHORISATION.count(), 1);
    /// ```
    pub fn start_timer(&self) -> Timer<'a> {
        Timer::new(Series::Histogram(*self))
    }

    /// How many observations there were, of all threads.
    pub fn count(&self) -> u64 {
        self.read(&Reader::new(), &mut Vec::new()).count()
    }

    /// Their sum.
    pub fn sum(&self) -> f64 {
        self.read(&Reader::new(), &mut Vec::new()).sum
    }

    /// The classic buckets of all threads; `counts` is where they are put.
    pub(crate) fn read<'b>(&self, reader: &Reader, counts: &'b mut Vec<u64>) -> HistogramValue<'b>
    where
        'a: 'b,
    {
        let sum = self.read_counts(reader, counts);
        let buckets = &counts[..self.bounds.len() + 1];
        HistogramValue { bounds: self.bounds, buckets, sum, ..HistogramValue::default() }
    }

    /// Puts the classic buckets and then the native ones in `counts`, and gives the sum.
    fn read_counts(&self, reader: &Reader, counts: &mut Vec<u64>) -> f64 {
        let native = if self.is_native { native::BUCKETS } else { 0 };
        counts.clear();
        counts.resize(self.bounds.len() + 1 + native, 0);
        let sum = reader.distribution(self.slot, counts);
        if self.is_native && self.bounds.is_empty() {
            counts[0] = counts[1..].iter().sum();
        }
        sum
    }
}

/// Counts `value` in the native buckets of the series at `slot`, which has no others: their count, which is in the bucket
/// before them, is made when it is read.
// Called with what it takes in registers, as is `observe_classic`.
#[inline]
fn observe_native(slot: u32, value: f64) {
    match native::fine_bucket(value) {
        Some(bucket) => shard::observe(slot, 1 + bucket, None, value),
        None => observe_coarse(slot, value),
    }
}

#[cold]
fn observe_coarse(slot: u32, value: f64) {
    if value.is_nan() {
        errors::refuse(Reason::Nan);
    } else {
        shard::observe(slot, 1 + native::bucket(value), None, value);
    }
}

#[inline]
fn observe_classic(slot: u32, bounds: &[f64], value: f64) {
    if value.is_nan() {
        errors::refuse(Reason::Nan);
    } else {
        shard::observe(slot, bucket(bounds, value), None, value);
    }
}

#[cold]
fn observe_both(slot: u32, bounds: &[f64], value: f64) {
    if value.is_nan() {
        errors::refuse(Reason::Nan);
    } else {
        shard::observe(slot, bucket(bounds, value), Some(bounds.len() + 1 + native::bucket(value)), value);
    }
}

/// The first bucket whose bound `value` does not exceed.
#[inline]
fn bucket(bounds: &[f64], value: f64) -> usize {
    if bounds.len() > MANY {
        return bucket_of_many(bounds, value);
    }
    // Without a branch a bucket, which would be mispredicted: as many additions as there are bounds.
    bounds.iter().map(|bound| usize::from(value > *bound)).sum()
}

#[cold]
fn bucket_of_many(bounds: &[f64], value: f64) -> usize {
    bounds.partition_point(|bound| *bound < value)
}

impl<L: Labels> Histogram<L> {
    /// A histogram without series yet, with the [buckets for seconds](Buckets::SECONDS).
    pub const fn new() -> Self {
        Self::declared(Declared::new())
    }

    /// A histogram with these buckets.
    pub const fn with_buckets(buckets: Buckets) -> Self {
        Self::declared(Declared::new().buckets(buckets))
    }

    /// A histogram as the attribute `#[metric]` declares it, for what is [registered at run time](crate::Metrics::register).
    pub const fn declared(declared: Declared) -> Self {
        Histogram {
            family: Family::new(declared),
            buckets: declared.resolved_buckets(),
            layout: OnceLock::new(),
            exemplars: Exemplars::new(),
        }
    }

    /// The series with these labels.
    ///
    /// An addition where the label set is closed; where it is open, a look-up that takes no lock. Keep what it gives
    /// where the same labels are used often.
    #[inline]
    pub fn with(&self, labels: &L::Of<'_>) -> HistogramSeries<'_> {
        let layout = self.layout();
        let slot = match layout.closed {
            Some(first) => first + labels.index() as u32 * layout.width,
            None => self.open_slot(layout, labels),
        };
        self.at(layout, slot)
    }

    /// The first slot of the series with these labels in an open set: a call, so that little is inlined where there is none.
    #[inline(never)]
    fn open_slot(&self, layout: &Layout, labels: &L::Of<'_>) -> u32 {
        self.family.slot(labels, layout.width)
    }

    #[inline]
    fn at<'a>(&'a self, layout: &'a Layout, slot: u32) -> HistogramSeries<'a> {
        let is_native = self.buckets.is_native();
        HistogramSeries { slot, bounds: &layout.bounds, is_native, exemplars: Some(&self.exemplars) }
    }

    #[inline]
    fn layout(&self) -> &Layout {
        self.layout.get_or_init(|| {
            let bounds = self.buckets.bounds().into_boxed_slice();
            let native = if self.buckets.is_native() { native::BUCKETS as u32 } else { 0 };
            let width = HistogramSeries::width(&bounds) + native;
            Layout { bounds, width, closed: self.family.first(width) }
        })
    }

    /// Takes out the series with these labels; whether it was there. The next use of them starts at 0.
    ///
    /// What [`with`](Self::with) gave for them counts nowhere from now on: do not keep it. The series of a closed label
    /// set stay. From the first call on, look-ups take a lock, which only a removal holds against others.
    pub fn remove(&self, labels: &L::Of<'_>) -> bool {
        self.family.remove(labels, self.layout().width)
    }

    /// Takes out all series, as [`remove`](Self::remove) does one.
    pub fn clear(&self) {
        self.family.clear(self.layout().width);
    }

    /// The slots of one series.
    fn width(&self) -> u32 {
        self.layout().width
    }

    fn collect_series(&self, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let layout = self.layout();
        self.exemplars.forget_removed(self.family.removals());
        let (mut counts, mut shown) = (Vec::new(), Shown::default());
        self.family.for_each(reader, layout.width, |labels, slot| {
            let exemplars = self.exemplars_of(slot);
            let sum = self.at(layout, slot).read_counts(reader, &mut counts);
            let bounds = &*layout.bounds;
            let (buckets, native) = counts.split_at(bounds.len() + 1);
            let native = self.buckets.is_native().then(|| {
                shown.read(native);
                shown.value()
            });
            series(labels, Value::Histogram(HistogramValue { bounds, buckets, sum, native, exemplars: &exemplars }));
        });
    }

    fn exemplars_of(&self, slot: u32) -> Vec<Option<Exemplar>> {
        if self.exemplars.any() { self.exemplars.of(slot, self.layout().bounds.len() + 1) } else { Vec::new() }
    }
}

instrument!(Histogram<L>);

impl Histogram {
    /// Counts `value` in the first bucket whose bound it does not exceed. NaN changes nothing, and is counted in
    /// `ops_metric_errors_total`.
    #[inline]
    pub fn observe(&self, value: f64) {
        self.with(&()).observe(value);
    }

    /// Counts `value`, and remembers the trace that it belongs to, as [`HistogramSeries::observe_with_exemplar`].
    pub fn observe_with_exemplar(&self, value: f64, labels: &[Attr]) {
        self.with(&()).observe_with_exemplar(value, labels);
    }

    /// Counts the time until what this gives is dropped, as [`HistogramSeries::start_timer`].
    pub fn start_timer(&self) -> Timer<'_> {
        self.with(&()).start_timer()
    }

    /// Counts a duration, in seconds.
    #[inline]
    pub fn observe_duration(&self, duration: Duration) {
        self.with(&()).observe_duration(duration);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_in_the_first_bucket_whose_bound_it_does_not_exceed() {
        static SIZES: Histogram = Histogram::with_buckets(Buckets::list(&[1.0, 2.0]));
        for value in [0.5, 1.0, 1.5, 2.0, 7.0, f64::NAN, f64::INFINITY] {
            SIZES.observe(value);
        }
        assert_eq!(SIZES.with(&()).read(&Reader::new(), &mut Vec::new()).buckets, [2, 2, 2]);
        assert_eq!((SIZES.count(), SIZES.sum()), (6, f64::INFINITY));
    }

    #[test]
    fn count_and_sum_are_of_one_moment_while_threads_observe() {
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
