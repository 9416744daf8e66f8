//! Where the values of one series are kept.
//!
//! Every update is lock-free. A value that makes no sense (NaN) changes nothing.

use super::instrument::{HistogramValue, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The value of one counter series.
#[derive(Debug, Default)]
pub struct CounterCell(AtomicU64);

impl CounterCell {
    /// Adds 1.
    #[inline]
    pub fn inc(&self) {
        self.add(1);
    }

    /// Adds `by`.
    #[inline]
    pub fn add(&self, by: u64) {
        self.0.fetch_add(by, Relaxed);
    }

    /// What was added so far.
    pub fn value(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// The value of one gauge series.
#[derive(Debug, Default)]
pub struct GaugeCell(AtomicF64);

impl GaugeCell {
    /// Sets it to `value`.
    #[inline]
    pub fn set(&self, value: f64) {
        self.0.0.store(value.to_bits(), Relaxed);
    }

    /// Adds `by`, which may be negative.
    #[inline]
    pub fn add(&self, by: f64) {
        self.0.add(by);
    }

    /// Adds 1.
    #[inline]
    pub fn inc(&self) {
        self.add(1.0);
    }

    /// Takes 1 away.
    #[inline]
    pub fn dec(&self) {
        self.add(-1.0);
    }

    /// Sets it to the present time, in seconds since 1970-01-01 UTC.
    pub fn set_to_now(&self) {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        self.set(since.as_secs_f64());
    }

    /// What it stands at.
    pub fn value(&self) -> f64 {
        self.0.load()
    }
}

/// The values of one histogram series.
#[derive(Debug)]
pub struct HistogramCell {
    bounds: Arc<[f64]>,
    /// One a bound, and the one above the last.
    buckets: Box<[AtomicU64]>,
    sum: AtomicF64,
}

impl HistogramCell {
    /// An empty histogram with these upper bounds, in rising order.
    pub(crate) fn new(bounds: Arc<[f64]>) -> Self {
        let buckets = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        HistogramCell { bounds, buckets, sum: AtomicF64::default() }
    }

    /// Counts `value` in its bucket. NaN changes nothing.
    #[inline]
    pub fn observe(&self, value: f64) {
        if !value.is_nan() {
            let bucket = self.bounds.iter().filter(|bound| value > **bound).count();
            self.buckets[bucket].fetch_add(1, Relaxed);
            self.sum.add(value);
        }
    }

    /// Counts a duration, in seconds.
    #[inline]
    pub fn observe_duration(&self, duration: Duration) {
        self.observe(duration.as_secs_f64());
    }

    /// How many observations there were.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.load(Relaxed)).sum()
    }

    /// Their sum.
    pub fn sum(&self) -> f64 {
        self.sum.load()
    }

    pub(crate) fn read(&self) -> HistogramValue {
        HistogramValue {
            bounds: self.bounds.clone(),
            buckets: self.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect(),
            sum: self.sum(),
        }
    }
}

/// The values of one summary series.
#[derive(Debug, Default)]
pub struct SummaryCell {
    count: AtomicU64,
    sum: AtomicF64,
}

impl SummaryCell {
    /// Counts and sums `value`. NaN changes nothing.
    #[inline]
    pub fn observe(&self, value: f64) {
        if !value.is_nan() {
            self.count.fetch_add(1, Relaxed);
            self.sum.add(value);
        }
    }

    /// Counts a duration, in seconds.
    #[inline]
    pub fn observe_duration(&self, duration: Duration) {
        self.observe(duration.as_secs_f64());
    }

    /// How many observations there were.
    pub fn count(&self) -> u64 {
        self.count.load(Relaxed)
    }

    /// Their sum.
    pub fn sum(&self) -> f64 {
        self.sum.load()
    }
}

/// A cell whose value of one moment can be read.
pub(crate) trait Cell: Send + Sync + 'static {
    fn read(&self) -> Value;
}

impl Cell for CounterCell {
    fn read(&self) -> Value {
        Value::Counter(self.value())
    }
}

impl Cell for GaugeCell {
    fn read(&self) -> Value {
        Value::Gauge(self.value())
    }
}

impl Cell for HistogramCell {
    fn read(&self) -> Value {
        Value::Histogram(self.read())
    }
}

impl Cell for SummaryCell {
    fn read(&self) -> Value {
        Value::Summary { count: self.count(), sum: self.sum() }
    }
}

/// A floating-point number that several threads add to.
#[derive(Debug, Default)]
struct AtomicF64(AtomicU64);

impl AtomicF64 {
    fn load(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }

    fn add(&self, by: f64) {
        let add = |bits| Some((f64::from_bits(bits) + by).to_bits());
        // The closure never gives `None`, so this always ends with the sum in place.
        let _ = self.0.fetch_update(Relaxed, Relaxed, add);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_in_the_first_bucket_whose_bound_it_does_not_exceed() {
        let histogram = HistogramCell::new([1.0, 2.0].into());
        for value in [0.5, 1.0, 1.5, 2.0, 7.0, f64::NAN, f64::INFINITY] {
            histogram.observe(value);
        }
        assert_eq!(&*histogram.read().buckets, [2, 2, 2]);
        assert_eq!(histogram.count(), 6);
    }

    #[test]
    fn additions_of_many_threads_are_all_counted() {
        let (counter, gauge) = (CounterCell::default(), GaugeCell::default());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        counter.inc();
                        gauge.add(0.5);
                    }
                });
            }
        });
        assert_eq!((counter.value(), gauge.value()), (40_000, 20_000.0));
    }
}
