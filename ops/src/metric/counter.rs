//! What only ever goes up.

use super::family::{Declared, Family};
use super::instrument::{Value, instrument};
use super::labels::Labels;
use super::shard::{self, Reader};

/// What only ever goes up: requests, errors, bytes sent. Starts at 0 with the process.
///
/// An update is a plain addition in memory of the thread's own: no lock, no shared cache line. It stays at the largest
/// number once it is there.
///
/// ```
/// /// Orders accepted.
/// #[ops::metric]
/// static ORDERS: ops::Counter;
///
/// ORDERS.inc();
/// ORDERS.add(2);
/// assert_eq!(ORDERS.value(), 3);
/// ```
pub struct Counter<L: Labels = ()> {
    family: Family<L>,
}

/// One series of a [`Counter`].
#[derive(Clone, Copy, Debug)]
pub struct CounterSeries {
    slot: u32,
}

impl CounterSeries {
    /// The slots of one series.
    pub(crate) const WIDTH: u32 = 1;

    pub(crate) const fn at(slot: u32) -> Self {
        CounterSeries { slot }
    }

    /// Adds 1.
    #[inline]
    pub fn inc(&self) {
        self.add(1);
    }

    /// Adds `by`.
    #[inline]
    pub fn add(&self, by: u64) {
        shard::add(self.slot, by);
    }

    /// What was added so far, by all threads.
    pub fn value(&self) -> u64 {
        Reader::new().total(self.slot)
    }
}

impl<L: Labels> Counter<L> {
    /// A counter without series yet.
    pub const fn new() -> Self {
        Counter { family: Family::new() }
    }

    /// As the attribute `#[metric]` declares it.
    #[doc(hidden)]
    pub const fn declared(_declared: Declared) -> Self {
        Self::new()
    }

    /// The series with these labels.
    ///
    /// An addition where the label set is closed; where it is open, a look-up that takes no lock. Keep what it gives
    /// where the same labels are used often.
    #[inline]
    pub fn with(&self, labels: &L::Of<'_>) -> CounterSeries {
        CounterSeries::at(self.family.slot(labels, CounterSeries::WIDTH))
    }

    fn collect_series(&self, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        self.family.for_each(CounterSeries::WIDTH, |labels, slot| {
            series(labels, Value::Counter(reader.total(slot)));
        });
    }
}

instrument!(Counter);

impl Counter {
    /// Adds 1.
    #[inline]
    pub fn inc(&self) {
        self.with(&()).inc();
    }

    /// Adds `by`.
    #[inline]
    pub fn add(&self, by: u64) {
        self.with(&()).add(by);
    }

    /// What was added so far, by all threads.
    pub fn value(&self) -> u64 {
        self.with(&()).value()
    }
}
