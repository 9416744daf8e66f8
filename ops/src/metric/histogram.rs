//! How observations are spread over buckets.

use super::buckets::Buckets;
use super::cells::HistogramCell;
use super::family::{Declared, Family};
use super::instrument::instrument;
use super::labels::Labels;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How observations are spread over buckets: latencies, sizes. The quantiles are Prometheus' to compute.
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
    family: Family<L, HistogramCell>,
    declared: Declared,
    bounds: OnceLock<Arc<[f64]>>,
}

impl<L: Labels> Histogram<L> {
    /// A histogram without series yet, with the [buckets for seconds](Buckets::SECONDS).
    pub const fn new() -> Self {
        Self::declared(Declared::new())
    }

    /// As the attribute `#[metric]` declares it.
    #[doc(hidden)]
    pub const fn declared(declared: Declared) -> Self {
        Histogram { family: Family::new(), declared, bounds: OnceLock::new() }
    }
}

impl<L: Labels> Histogram<L> {
    /// A histogram with these buckets.
    pub const fn with_buckets(buckets: Buckets) -> Self {
        Self::declared(Declared::new().buckets(buckets))
    }

    fn new_cell(&self) -> HistogramCell {
        let bounds = self.bounds.get_or_init(|| self.declared.resolved_buckets().bounds().into());
        HistogramCell::new(bounds.clone())
    }
}

instrument!(Histogram of HistogramCell);

impl Histogram {
    /// Counts `value`. NaN changes nothing.
    #[inline]
    pub fn observe(&self, value: f64) {
        self.only().observe(value);
    }

    /// Counts a duration, in seconds.
    #[inline]
    pub fn observe_duration(&self, duration: Duration) {
        self.only().observe_duration(duration);
    }

    /// How many observations there were.
    #[inline]
    pub fn count(&self) -> u64 {
        self.only().count()
    }

    /// Their sum.
    #[inline]
    pub fn sum(&self) -> f64 {
        self.only().sum()
    }

    #[inline]
    fn only(&self) -> &HistogramCell {
        self.family.only(|| self.new_cell())
    }
}
