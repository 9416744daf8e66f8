//! What only ever goes up.

use super::cells::CounterCell;
use super::family::{Declared, Family};
use super::instrument::instrument;
use super::labels::Labels;

/// What only ever goes up: requests, errors, bytes sent. Starts at 0 with the process.
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
    family: Family<L, CounterCell>,
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
}

impl<L: Labels> Counter<L> {
    fn new_cell(&self) -> CounterCell {
        CounterCell::default()
    }
}

instrument!(Counter of CounterCell);

impl Counter {
    /// Adds 1.
    #[inline]
    pub fn inc(&self) {
        self.only().inc();
    }

    /// Adds `by`.
    #[inline]
    pub fn add(&self, by: u64) {
        self.only().add(by);
    }

    /// What was added so far.
    #[inline]
    pub fn value(&self) -> u64 {
        self.only().value()
    }

    #[inline]
    fn only(&self) -> &CounterCell {
        self.family.only(|| self.new_cell())
    }
}
