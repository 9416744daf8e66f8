//! Monotonically increasing counters.

use super::count::Count;
use super::exemplars::Exemplars;
use super::impl_instrument::impl_instrument;
use super::instrument_options::InstrumentOptions;
use crate::metric::cells::{CellRef, Layout, Reader};
use crate::metric::errors::{self, Reason};
use crate::metric::labels::{Attr, Labels};
use crate::metric::series::{SeriesFamily, Total};
use crate::metric::value::Value;
use std::marker::PhantomData;

/// A monotonically increasing counter, such as requests served or bytes sent.
///
/// Starts at 0 with the process and saturates at the maximum of its number type: `u64` by default; use `Counter<L, f64>` for
/// quantities such as seconds or joules.
///
/// An update is a plain addition to a thread-local cell: it takes no lock and shares no cache line. After `fork`, the child
/// continues from the totals of the parent. A global allocator may update a counter, without recursion or lost updates.
/// Updates are not async-signal-safe: an update by a signal handler is lost if it interrupts an update of the same series on the
/// same thread. In a signal handler, use an atomic and [`collect_counter`](crate::Metrics::collect_counter) instead.
///
/// ```
/// # extern crate ops_core as ops;
/// /// Orders accepted.
/// #[ops::metric]
/// static ORDERS: ops::Counter;
///
/// /// Time spent in checks.
/// #[ops::metric(unit = "seconds")]
/// static CHECK_TIME: ops::Counter<(), f64>;
///
/// ORDERS.inc();
/// ORDERS.add(2);
/// CHECK_TIME.add(0.25);
/// assert_eq!((ORDERS.value(), CHECK_TIME.value()), (3, 0.25));
/// ```
pub struct Counter<L: Labels = (), N: Count = u64> {
    family: SeriesFamily<L>,
    exemplars: Exemplars,
    number: PhantomData<fn(N)>,
}

/// One series of a [`Counter`].
#[derive(Clone, Copy, Debug)]
pub struct CounterSeries<'a, N: Count = u64> {
    cells: CellRef,
    exemplars: &'a Exemplars,
    number: PhantomData<fn(N)>,
}

impl<N: Count> CounterSeries<'_, N> {
    /// Adds `by`.
    ///
    /// NaN and negative values are dropped and counted in `ops_metric_errors_total`.
    #[inline]
    pub fn add(&self, by: N) {
        by.add_to(self.cells);
    }

    /// Adds `by` and records an exemplar with these labels, such as `&[attr("trace_id", id)]`.
    ///
    /// The exemplar is dropped if its label names and values exceed 128 characters in total, the OpenMetrics limit.
    pub fn add_with_exemplar(&self, by: N, labels: &[Attr]) {
        by.add_to(self.cells);
        if by.as_f64() >= 0.0 {
            self.exemplars.store(self.cells, 0, by.as_f64(), labels);
        }
    }

    /// Returns the total over all threads.
    pub fn value(&self) -> N {
        N::read(&Reader::new(), self.cells)
    }
}

impl CounterSeries<'_> {
    /// Adds 1.
    #[inline]
    pub fn inc(&self) {
        self.add(1);
    }
}

impl<L: Labels, N: Count> Counter<L, N> {
    /// Creates a counter.
    pub const fn new() -> Self {
        Self::with_options(InstrumentOptions::new())
    }

    /// Creates a counter with the options of `#[metric]`.
    ///
    /// Use it for counters that are [registered at run time](crate::Metrics::register).
    ///
    /// # Panics
    /// Panics if `options` has buckets.
    #[track_caller]
    pub const fn with_options(options: InstrumentOptions) -> Self {
        let family = SeriesFamily::new(options.without_buckets().series());
        Counter { family, exemplars: Exemplars::new(), number: PhantomData }
    }

    /// Returns the series with these labels, creating it if needed.
    ///
    /// Costs an addition for a static label set and a lock-free lookup for a dynamic one. Keep the returned handle if you use
    /// the same labels often; it is valid until the series is removed or expires.
    // Always inlined: an out-of-line call would spill registers for the rare lookup, at a cost of 20 instructions.
    #[inline(always)]
    pub fn with(&self, labels: &L::Borrowed<'_>) -> CounterSeries<'_, N> {
        CounterSeries {
            cells: self.family.cells(labels, Self::layout),
            exemplars: &self.exemplars,
            number: PhantomData,
        }
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
        SeriesFamily::<L>::layout(N::LAYOUT)
    }

    fn has_unique_labels(&self) -> bool {
        self.family.has_unique_series(Self::layout())
    }

    fn bytes_of_static_series(&self) -> u64 {
        self.family.static_bytes(Self::layout())
    }

    fn collect_totals_of(&self, reader: &Reader, series: &mut dyn FnMut(&[Total<'_>])) -> bool {
        let mut totals = reader.totals();
        N::IS_WHOLE && self.family.for_each_batch(reader, Self::layout(), |cells| totals.total(cells), series)
    }

    fn collect_series(&self, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        self.exemplars.forget_removed(self.family.removals());
        self.family.for_each(reader, Self::layout(), |labels, entry| {
            let exemplar =
                if self.exemplars.has_any() { self.exemplars.of_series(entry.cells, 1).pop().flatten() } else { None };
            let total = N::read(reader, entry.cells);
            // Saturation is detected here because a check in `add` would slow down every update.
            if total.is_largest() {
                errors::record(Reason::Overflow);
            }
            let (total, exemplar) = (total.number(), exemplar.as_ref());
            series(labels, Value::Counter { total, exemplar, created: entry.created() });
        });
    }
}

impl_instrument!(Counter<L, N: Count>);

impl<L: Labels, N: Count> Drop for Counter<L, N> {
    fn drop(&mut self) {
        self.family.release(Self::layout());
    }
}

impl<N: Count> Counter<(), N> {
    /// Adds `by`.
    ///
    /// NaN and negative values are dropped and counted in `ops_metric_errors_total`.
    #[inline]
    pub fn add(&self, by: N) {
        self.with(&()).add(by);
    }

    /// Adds `by` and records an exemplar. See [`CounterSeries::add_with_exemplar`].
    pub fn add_with_exemplar(&self, by: N, labels: &[Attr]) {
        self.with(&()).add_with_exemplar(by, labels);
    }

    /// Returns the total over all threads.
    pub fn value(&self) -> N {
        self.with(&()).value()
    }
}

impl Counter {
    /// Adds 1.
    #[inline]
    pub fn inc(&self) {
        self.add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::errors::ERRORS;
    use crate::metric::{Instrument, Number};

    #[test]
    fn saturates_and_counts_the_overflow_once_per_read() {
        static FULL: Counter = Counter::new();
        static ENDLESS: Counter<(), f64> = Counter::new();
        FULL.add(u64::MAX - 1);
        (0..3).for_each(|_| FULL.inc());
        (0..2).for_each(|_| ENDLESS.add(f64::MAX));
        let before = ERRORS.value(Reason::Overflow);
        let mut totals = Vec::new();
        for instrument in [&FULL as &dyn Instrument, &ENDLESS] {
            instrument.collect(0, &Reader::new(), &mut |_, value| {
                let Value::Counter { total, .. } = value else { return };
                totals.push(total);
            });
        }
        assert_eq!(totals, [Number::Integer(u64::MAX), Number::Float(f64::INFINITY)]);
        assert_eq!(ERRORS.value(Reason::Overflow) - before, 2);
    }

    #[test]
    fn drops_and_counts_nan_and_negative_increments() {
        static SPENT: Counter<(), f64> = Counter::new();
        let dropped = |reason| ERRORS.value(reason);
        let before = (dropped(Reason::Nan), dropped(Reason::Negative));
        for by in [0.5, f64::NAN, -1.0, f64::NEG_INFINITY, 0.25] {
            SPENT.add(by);
        }
        assert_eq!(SPENT.value(), 0.75);
        for by in [f64::NAN, -1.0] {
            SPENT.add_with_exemplar(by, &[crate::metric::attr("trace_id", "a1")]);
        }
        assert!(!SPENT.exemplars.has_any());
        assert_eq!(SPENT.value(), 0.75);
        // Not exact: concurrent tests of this binary share the error counter.
        assert!(dropped(Reason::Nan) - before.0 >= 2 && dropped(Reason::Negative) - before.1 >= 3);
    }
}
