//! The count and the sum of what was observed.

use super::cells::SummaryCell;
use super::family::{Declared, Family};
use super::instrument::instrument;
use super::labels::Labels;
use std::time::Duration;

/// The count and the sum of what was observed: an average without the cost of buckets.
///
/// ```
/// /// Size of a page.
/// #[ops::metric(unit = "bytes")]
/// static PAGE_SIZE: ops::Summary;
///
/// PAGE_SIZE.observe(1_500.0);
/// PAGE_SIZE.observe(500.0);
/// assert_eq!((PAGE_SIZE.count(), PAGE_SIZE.sum()), (2, 2_000.0));
/// ```
pub struct Summary<L: Labels = ()> {
    family: Family<L, SummaryCell>,
}

impl<L: Labels> Summary<L> {
    /// A summary without series yet.
    pub const fn new() -> Self {
        Summary { family: Family::new() }
    }

    /// As the attribute `#[metric]` declares it.
    #[doc(hidden)]
    pub const fn declared(_declared: Declared) -> Self {
        Self::new()
    }
}

impl<L: Labels> Summary<L> {
    fn new_cell(&self) -> SummaryCell {
        SummaryCell::default()
    }
}

instrument!(Summary of SummaryCell);

impl Summary {
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
    fn only(&self) -> &SummaryCell {
        self.family.only(|| self.new_cell())
    }
}
