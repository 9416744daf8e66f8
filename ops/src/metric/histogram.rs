//! How observations are spread over buckets.

use super::buckets::Buckets;
use super::family::{Declared, Family};
use super::instrument::{HistogramValue, Value, instrument};
use super::labels::Labels;
use super::shard::{self, Reader};
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
    declared: Declared,
    bounds: OnceLock<Box<[f64]>>,
}

/// One series of a [`Histogram`].
#[derive(Clone, Copy, Debug)]
pub struct HistogramSeries<'a> {
    slot: u32,
    bounds: &'a [f64],
}

impl<'a> HistogramSeries<'a> {
    /// The slots of one series with these bounds.
    pub(crate) fn width(bounds: &[f64]) -> u32 {
        shard::HEAD + bounds.len() as u32 + 1
    }

    pub(crate) fn at(slot: u32, bounds: &'a [f64]) -> Self {
        HistogramSeries { slot, bounds }
    }

    /// Counts `value` in the first bucket whose bound it does not exceed. NaN changes nothing.
    #[inline]
    pub fn observe(&self, value: f64) {
        if !value.is_nan() {
            // Without a branch a bucket, which would be mispredicted: the sum is as many additions as there are bounds.
            let bucket = self.bounds.iter().map(|bound| usize::from(value > *bound)).sum();
            shard::observe(self.slot, bucket, value);
        }
    }

    /// Counts a duration, in seconds.
    #[inline]
    pub fn observe_duration(&self, duration: Duration) {
        self.observe(duration.as_secs_f64());
    }

    /// How many observations there were, of all threads.
    pub fn count(&self) -> u64 {
        self.read(&Reader::new(), &mut Vec::new()).count()
    }

    /// Their sum.
    pub fn sum(&self) -> f64 {
        self.read(&Reader::new(), &mut Vec::new()).sum
    }

    /// The observations of all threads; `buckets` is where theirs are put.
    pub(crate) fn read<'b>(&self, reader: &Reader, buckets: &'b mut Vec<u64>) -> HistogramValue<'b>
    where
        'a: 'b,
    {
        buckets.clear();
        buckets.resize(self.bounds.len() + 1, 0);
        let sum = reader.distribution(self.slot, buckets);
        HistogramValue { bounds: self.bounds, buckets, sum }
    }
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

    /// As the attribute `#[metric]` declares it.
    #[doc(hidden)]
    pub const fn declared(declared: Declared) -> Self {
        Histogram { family: Family::new(), declared, bounds: OnceLock::new() }
    }

    /// The series with these labels.
    ///
    /// An addition where the label set is closed; where it is open, a look-up that takes no lock. Keep what it gives
    /// where the same labels are used often.
    #[inline]
    pub fn with(&self, labels: &L::Of<'_>) -> HistogramSeries<'_> {
        let bounds = self.bounds();
        HistogramSeries::at(self.family.slot(labels, HistogramSeries::width(bounds)), bounds)
    }

    #[inline]
    fn bounds(&self) -> &[f64] {
        self.bounds.get_or_init(|| self.declared.resolved_buckets().bounds().into())
    }

    fn collect_series(&self, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let bounds = self.bounds();
        let mut buckets = Vec::new();
        self.family.for_each(HistogramSeries::width(bounds), |labels, slot| {
            series(labels, Value::Histogram(HistogramSeries::at(slot, bounds).read(reader, &mut buckets)));
        });
    }
}

instrument!(Histogram);

impl Histogram {
    /// Counts `value` in the first bucket whose bound it does not exceed. NaN changes nothing.
    #[inline]
    pub fn observe(&self, value: f64) {
        self.with(&()).observe(value);
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
