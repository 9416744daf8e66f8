//! Gauges: values that can go up and down.

use super::impl_instrument::impl_instrument;
use super::instrument_options::InstrumentOptions;
use crate::metric::cells::{Reader, shared_cells};
use crate::metric::errors::{self, Reason};
use crate::metric::labels::Labels;
use crate::metric::series::{GaugeFamily, LevelCell};
use crate::metric::value::Value;

/// A value that can go up and down, such as a queue length, a temperature or connections in use.
///
/// All threads share one atomic cell per series, because `set` must replace the updates of all threads.
///
/// ```
/// # extern crate ops_core as ops;
/// /// Orders waiting.
/// #[ops::metric]
/// static QUEUE_DEPTH: ops::Gauge;
///
/// QUEUE_DEPTH.set(7.0);
/// QUEUE_DEPTH.dec();
/// assert_eq!(QUEUE_DEPTH.value(), 6.0);
/// ```
pub struct Gauge<L: Labels = ()> {
    family: GaugeFamily<L>,
}

/// One series of a [`Gauge`]. The series does not expire while this handle is held.
#[derive(Clone, Debug)]
pub struct GaugeSeries<'a> {
    cell: LevelCell<'a>,
}

impl<'a> GaugeSeries<'a> {
    /// Adds 1 until the returned guard is dropped, including by a panic or a canceled future.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// /// Requests in flight.
    /// #[ops::metric]
    /// static IN_FLIGHT: ops::Gauge;
    ///
    /// let request = IN_FLIGHT.track();
    /// assert_eq!(IN_FLIGHT.value(), 1.0);
    /// drop(request);
    /// assert_eq!(IN_FLIGHT.value(), 0.0);
    /// ```
    pub fn track(&self) -> InFlight<'a> {
        self.inc();
        InFlight { series: self.clone() }
    }

    /// Sets the gauge to `value`.
    #[inline]
    pub fn set(&self, value: f64) {
        shared_cells::set(self.cell.level(), value);
    }

    /// Adds `by`, which may be negative.
    ///
    /// An addition that would result in NaN is dropped and counted in `ops_metric_errors_total`.
    #[inline]
    pub fn add(&self, by: f64) {
        if !shared_cells::add(self.cell.level(), by) {
            errors::record(Reason::Nan);
        }
    }

    /// Adds 1.
    #[inline]
    pub fn inc(&self) {
        self.add(1.0);
    }

    /// Subtracts 1.
    #[inline]
    pub fn dec(&self) {
        self.add(-1.0);
    }

    /// Sets the gauge to the current Unix timestamp in seconds.
    pub fn set_to_now(&self) {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        self.set(since.as_secs_f64());
    }

    /// Returns the current value.
    pub fn value(&self) -> f64 {
        shared_cells::get(self.cell.level())
    }
}

/// A guard that subtracts 1 from its gauge when dropped. The series does not expire while it is held.
#[must_use = "the gauge is decremented as soon as the guard is dropped"]
#[derive(Debug)]
pub struct InFlight<'a> {
    series: GaugeSeries<'a>,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.series.dec();
    }
}

impl<L: Labels> Gauge<L> {
    /// Creates a gauge.
    pub const fn new() -> Self {
        Self::with_options(InstrumentOptions::new())
    }

    /// Creates a gauge with the options of `#[metric]`.
    ///
    /// Use it for gauges that are [registered at run time](crate::Metrics::register).
    ///
    /// # Panics
    /// Panics if `options` has buckets.
    #[track_caller]
    pub const fn with_options(options: InstrumentOptions) -> Self {
        Gauge { family: GaugeFamily::new(options.without_buckets().series()) }
    }

    /// Returns the series with these labels, creating it if needed.
    ///
    /// Costs an array access for a static label set; for a dynamic one, a lock-free lookup and an atomic increment that keeps
    /// the series from expiring while the handle is held. Keep the returned handle if you use the same labels often.
    #[inline]
    pub fn with(&self, labels: &L::Borrowed<'_>) -> GaugeSeries<'_> {
        GaugeSeries { cell: self.family.cell(labels) }
    }

    /// Removes the series with these labels. Returns `true` if it existed.
    ///
    /// If the labels are used again, the new series starts at 0. Updates through handles that [`with`](Self::with) returned
    /// before the removal are dropped. Series of a static label set cannot be removed. After the first removal, lookups take
    /// a shared lock, which is held exclusively only briefly.
    pub fn remove(&self, labels: &L::Borrowed<'_>) -> bool {
        self.family.remove(labels)
    }

    /// Removes all series, including the overflow series. See [`remove`](Self::remove).
    pub fn clear(&self) {
        self.family.clear();
    }

    fn has_unique_labels(&self) -> bool {
        self.family.has_unique_series()
    }

    fn bytes_of_static_series(&self) -> u64 {
        self.family.static_bytes()
    }

    fn collect_series(&self, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        self.family.for_each(reader, |labels, level| series(labels, Value::Gauge(level)));
    }
}

impl_instrument!(Gauge<L>);

impl Gauge {
    /// Sets the gauge to `value`.
    #[inline]
    pub fn set(&self, value: f64) {
        self.with(&()).set(value);
    }

    /// Adds `by`, which may be negative.
    #[inline]
    pub fn add(&self, by: f64) {
        self.with(&()).add(by);
    }

    /// Adds 1.
    #[inline]
    pub fn inc(&self) {
        self.with(&()).inc();
    }

    /// Subtracts 1.
    #[inline]
    pub fn dec(&self) {
        self.with(&()).dec();
    }

    /// Sets the gauge to the current Unix timestamp in seconds.
    pub fn set_to_now(&self) {
        self.with(&()).set_to_now();
    }

    /// Adds 1 until the returned guard is dropped. See [`GaugeSeries::track`].
    pub fn track(&self) -> InFlight<'_> {
        self.with(&()).track()
    }

    /// Returns the current value.
    pub fn value(&self) -> f64 {
        self.with(&()).value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrent_additions_are_not_lost() {
        static LEVEL: Gauge = Gauge::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|_| LEVEL.add(0.5)));
            }
        });
        assert_eq!(LEVEL.value(), 20_000.0);
    }
}
