//! How observations are spread over buckets.

use super::exemplars::Exemplars;
use super::histogram_series::HistogramSeries;
use super::impl_instrument::impl_instrument;
use super::instrument_options::InstrumentOptions;
use super::timer::Timer;
use crate::metric::cells::Reader;
use crate::metric::distribution::Buckets;
use crate::metric::distribution::native::{self, NativeCounts};
use crate::metric::labels::{Attr, Labels};
use crate::metric::series::SeriesFamily;
use crate::metric::value::{Exemplar, HistogramValue, Value};
use std::sync::OnceLock;
use std::time::Duration;

/// How observations are spread over buckets: latencies, sizes. The quantiles are Prometheus' to compute.
///
/// An update is a few plain stores in memory of the thread's own: no lock, no shared cache line.
///
/// ```
/// # extern crate ops_core as ops;
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
    family: SeriesFamily<L>,
    buckets: Buckets,
    layout: OnceLock<HistogramLayout>,
    exemplars: Exemplars,
}

/// What is the same for all series of a histogram.
#[derive(Debug)]
struct HistogramLayout {
    bounds: Box<[f64]>,
    /// The slots of one series.
    width: u32,
    /// The first slot of all series, if the label set is static.
    static_slot: Option<u32>,
}

impl<L: Labels> Histogram<L> {
    /// A histogram without series yet, with the [buckets for seconds](Buckets::SECONDS).
    pub const fn new() -> Self {
        Self::with_options(InstrumentOptions::new())
    }

    /// A histogram with these buckets.
    pub const fn with_buckets(buckets: Buckets) -> Self {
        Self::with_options(InstrumentOptions::new().buckets(buckets))
    }

    /// A histogram as the attribute `#[metric]` declares it, for what is [registered at run time](crate::Metrics::register).
    pub const fn with_options(options: InstrumentOptions) -> Self {
        Histogram {
            family: SeriesFamily::new(options.series()),
            buckets: options.resolved_buckets(),
            layout: OnceLock::new(),
            exemplars: Exemplars::new(),
        }
    }

    /// The series with these labels.
    ///
    /// An addition where the label set is closed; where it is open, a look-up that takes no lock. Keep what it gives
    /// where the same labels are used often.
    #[inline]
    pub fn with(&self, labels: &L::Borrowed<'_>) -> HistogramSeries<'_> {
        let layout = self.layout();
        let slot = match layout.static_slot {
            Some(first) => first + labels.index() as u32 * layout.width,
            None => self.dynamic_slot(layout, labels),
        };
        self.at(layout, slot)
    }

    /// The first slot of the series with these labels in a dynamic label set: a call, so that little is inlined where there is none.
    #[inline(never)]
    fn dynamic_slot(&self, layout: &HistogramLayout, labels: &L::Borrowed<'_>) -> u32 {
        self.family.slot(labels, layout.width)
    }

    #[inline]
    fn at<'a>(&'a self, layout: &'a HistogramLayout, slot: u32) -> HistogramSeries<'a> {
        let is_native = self.buckets.is_native();
        HistogramSeries { slot, bounds: &layout.bounds, is_native, exemplars: Some(&self.exemplars) }
    }

    #[inline]
    fn layout(&self) -> &HistogramLayout {
        self.layout.get_or_init(|| {
            let bounds = self.buckets.bounds().into_boxed_slice();
            let native = if self.buckets.is_native() { native::BUCKETS as u32 } else { 0 };
            let width = HistogramSeries::width(&bounds) + native;
            HistogramLayout { bounds, width, static_slot: self.family.first(width) }
        })
    }

    /// Takes out the series with these labels; whether it was there. The next use of them starts at 0.
    ///
    /// What [`with`](Self::with) gave for them counts nowhere from now on: do not keep it. The series of a closed label
    /// set stay. From the first call on, look-ups take a lock, which only a removal holds against others.
    pub fn remove(&self, labels: &L::Borrowed<'_>) -> bool {
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
        let (mut counts, mut shown) = (Vec::new(), NativeCounts::default());
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

impl_instrument!(Histogram<L>);

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
