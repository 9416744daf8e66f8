//! What goes up and down.

use super::cells::GaugeCell;
use super::family::{Declared, Family};
use super::instrument::instrument;
use super::labels::Labels;

/// What goes up and down: a queue's length, a temperature, connections in use.
///
/// ```
/// /// Orders waiting.
/// #[ops::metric]
/// static QUEUE_DEPTH: ops::Gauge;
///
/// QUEUE_DEPTH.set(7.0);
/// QUEUE_DEPTH.dec();
/// assert_eq!(QUEUE_DEPTH.value(), 6.0);
/// ```
pub struct Gauge<L: Labels = ()> {
    family: Family<L, GaugeCell>,
}

impl<L: Labels> Gauge<L> {
    /// A gauge without series yet.
    pub const fn new() -> Self {
        Gauge { family: Family::new() }
    }

    /// As the attribute `#[metric]` declares it.
    #[doc(hidden)]
    pub const fn declared(_declared: Declared) -> Self {
        Self::new()
    }
}

impl<L: Labels> Gauge<L> {
    fn new_cell(&self) -> GaugeCell {
        GaugeCell::default()
    }
}

instrument!(Gauge of GaugeCell);

impl Gauge {
    /// Sets it to `value`.
    #[inline]
    pub fn set(&self, value: f64) {
        self.only().set(value);
    }

    /// Adds `by`, which may be negative.
    #[inline]
    pub fn add(&self, by: f64) {
        self.only().add(by);
    }

    /// Adds 1.
    #[inline]
    pub fn inc(&self) {
        self.only().inc();
    }

    /// Takes 1 away.
    #[inline]
    pub fn dec(&self) {
        self.only().dec();
    }

    /// Sets it to the present time, in seconds since 1970-01-01 UTC.
    #[inline]
    pub fn set_to_now(&self) {
        self.only().set_to_now();
    }

    /// What it stands at.
    #[inline]
    pub fn value(&self) -> f64 {
        self.only().value()
    }

    #[inline]
    fn only(&self) -> &GaugeCell {
        self.family.only(|| self.new_cell())
    }
}
