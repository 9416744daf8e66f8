//! What only ever goes up.

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

/// What only ever goes up: requests, errors, bytes sent. Starts at 0 with the process.
///
/// An update is a plain addition in memory of the thread's own: no lock, no shared cache line. It stays at the largest
/// number once it is there. A global allocator may count with one: its first use allocates nothing that it would not count. In a
/// signal handler use an atomic, and [`collect_counter`](crate::Metrics::collect_counter): an update of the same thread that the
/// signal interrupts is lost. After `fork`, the child starts with what the parent had counted. Whole things are counted in `u64`; `Counter<L, f64>` counts seconds, joules and the like.
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
    /// Adds `by`. What is NaN or below 0 changes nothing, and is counted in `ops_metric_errors_total`.
    #[inline]
    pub fn add(&self, by: N) {
        by.add_to(self.cells);
    }

    /// Adds `by`, and remembers the trace that it belongs to: `&[attr("trace_id", id)]`.
    ///
    /// The labels are dropped if they have more than 128 characters, which is what OpenMetrics allows.
    pub fn add_with_exemplar(&self, by: N, labels: &[Attr]) {
        by.add_to(self.cells);
        if by.as_f64() >= 0.0 {
            self.exemplars.keep(self.cells, 0, by.as_f64(), labels);
        }
    }

    /// What was added so far, by all threads.
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
    /// A counter without series yet.
    pub const fn new() -> Self {
        Self::with_options(InstrumentOptions::new())
    }

    /// A counter as the attribute `#[metric]` declares it, for what is [registered at run time](crate::Metrics::register).
    ///
    /// # Panics
    /// If buckets are declared.
    #[track_caller]
    pub const fn with_options(options: InstrumentOptions) -> Self {
        let family = SeriesFamily::new(options.without_buckets().series());
        Counter { family, exemplars: Exemplars::new(), number: PhantomData }
    }

    /// The series with these labels.
    ///
    /// An addition where the label set is static; where it is dynamic, a look-up that takes no lock. Keep the handle where the same
    /// labels are used often: it counts as long as the series is not removed and does not expire.
    // A call of its own would save registers for the look-up that is seldom made: 20 instructions more.
    #[inline(always)]
    pub fn with(&self, labels: &L::Borrowed<'_>) -> CounterSeries<'_, N> {
        CounterSeries {
            cells: self.family.cells(labels, Self::layout),
            exemplars: &self.exemplars,
            number: PhantomData,
        }
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

    /// The cells of one series.
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
        N::IS_WHOLE && self.family.for_each_few(reader, Self::layout(), |cells| totals.of(cells), series)
    }

    fn collect_series(&self, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        self.exemplars.forget_removed(self.family.removals());
        self.family.for_each(reader, Self::layout(), |labels, of| {
            let exemplar = if self.exemplars.any() { self.exemplars.of(of.cells, 1).pop().flatten() } else { None };
            let total = N::read(reader, of.cells);
            // To tell as it is added would cost each addition.
            if total.is_largest() {
                errors::record(Reason::Overflow);
            }
            let (total, exemplar) = (total.number(), exemplar.as_ref());
            series(labels, Value::Counter { total, exemplar, created: of.created() });
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
    /// Adds `by`. What is NaN or below 0 changes nothing, and is counted in `ops_metric_errors_total`.
    #[inline]
    pub fn add(&self, by: N) {
        self.with(&()).add(by);
    }

    /// Adds `by`, and remembers the trace that it belongs to, as
    /// [`CounterSeries::add_with_exemplar`].
    pub fn add_with_exemplar(&self, by: N, labels: &[Attr]) {
        self.with(&()).add_with_exemplar(by, labels);
    }

    /// What was added so far, by all threads.
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
    fn a_counter_stays_at_the_largest_number_and_that_is_counted_as_it_is_read() {
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
    fn what_makes_no_sense_changes_nothing_and_is_counted() {
        static SPENT: Counter<(), f64> = Counter::new();
        let refused = |reason| ERRORS.value(reason);
        let before = (refused(Reason::Nan), refused(Reason::Negative));
        for by in [0.5, f64::NAN, -1.0, f64::NEG_INFINITY, 0.25] {
            SPENT.add(by);
        }
        assert_eq!(SPENT.value(), 0.75);
        for by in [f64::NAN, -1.0] {
            SPENT.add_with_exemplar(by, &[crate::metric::attr("trace_id", "a1")]);
        }
        assert!(!SPENT.exemplars.any());
        assert_eq!(SPENT.value(), 0.75);
        // Other tests of this program may count there as well.
        assert!(refused(Reason::Nan) - before.0 >= 2 && refused(Reason::Negative) - before.1 >= 3);
    }
}
