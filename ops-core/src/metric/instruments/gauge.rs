//! What goes up and down.

use super::impl_instrument::impl_instrument;
use super::instrument_options::InstrumentOptions;
use crate::metric::cells::{Reader, shared_cells};
use crate::metric::errors::{self, Reason};
use crate::metric::labels::Labels;
use crate::metric::series::{GaugeFamily, LevelCell};
use crate::metric::value::Value;

/// What goes up and down: a queue's length, a temperature, connections in use.
///
/// One cell that all threads share, since to set is to overwrite what others did.
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

/// One series of a [`Gauge`]. It does not expire as long as this is held.
#[derive(Clone, Debug)]
pub struct GaugeSeries<'a> {
    cell: LevelCell<'a>,
}

impl<'a> GaugeSeries<'a> {
    /// Adds 1 until what this gives is dropped: what is under way, also past a panic or a cancelled future.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// /// Requests that are answered now.
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

    /// Sets it to `value`.
    #[inline]
    pub fn set(&self, value: f64) {
        shared_cells::set(self.cell.level(), value);
    }

    /// Adds `by`, which may be negative. What makes the level NaN is dropped, and counted in `ops_metric_errors_total`.
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
        shared_cells::get(self.cell.level())
    }
}

/// Something under way: takes 1 from its gauge when it is dropped. Its series does not expire before.
#[must_use = "what is dropped is no longer under way"]
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
    /// A gauge without series yet.
    pub const fn new() -> Self {
        Self::with_options(InstrumentOptions::new())
    }

    /// A gauge as the attribute `#[metric]` declares it, for what is [registered at run time](crate::Metrics::register).
    ///
    /// # Panics
    /// If buckets are declared.
    #[track_caller]
    pub const fn with_options(options: InstrumentOptions) -> Self {
        Gauge { family: GaugeFamily::new(options.without_buckets().series()) }
    }

    /// The series with these labels.
    ///
    /// An array index where the label set is static; where it is dynamic, a look-up that takes no lock, and an atomic addition: the
    /// series does not expire as long as the handle is held. Keep the handle where the same labels are used often.
    #[inline]
    pub fn with(&self, labels: &L::Borrowed<'_>) -> GaugeSeries<'_> {
        GaugeSeries { cell: self.family.cell(labels) }
    }

    /// Removes the series with these labels. Returns `true` if it existed. The next use of them starts at 0.
    ///
    /// Handles that [`with`](Self::with) returned for them count nowhere from now on, also once the labels are used again. The
    /// series of a static label set stay. From the first call on, look-ups take a lock, which is held exclusively for a moment only.
    pub fn remove(&self, labels: &L::Borrowed<'_>) -> bool {
        self.family.remove(labels)
    }

    /// Removes all series, also the overflow series, as [`remove`](Self::remove) does one.
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
    /// Sets it to `value`.
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

    /// Takes 1 away.
    #[inline]
    pub fn dec(&self) {
        self.with(&()).dec();
    }

    /// Sets it to the present time, in seconds since 1970-01-01 UTC.
    pub fn set_to_now(&self) {
        self.with(&()).set_to_now();
    }

    /// Adds 1 until what this gives is dropped, as [`GaugeSeries::track`].
    pub fn track(&self) -> InFlight<'_> {
        self.with(&()).track()
    }

    /// What it stands at.
    pub fn value(&self) -> f64 {
        self.with(&()).value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn additions_of_many_threads_are_all_counted() {
        static LEVEL: Gauge = Gauge::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|_| LEVEL.add(0.5)));
            }
        });
        assert_eq!(LEVEL.value(), 20_000.0);
    }
}
