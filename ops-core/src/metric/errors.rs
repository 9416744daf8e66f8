//! What was measured and makes no sense: it changes nothing, and is counted here.

use super::counter::Counter;
use super::label_writer::{LabelWriter, ValueWriter};
use super::labels::{LabelValue, Labels};

/// Why a measurement was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Not a number.
    Nan,
    /// Below 0, to a counter.
    Negative,
    /// A counter has reached the largest number and stays there: counted each time that it is read.
    Overflow,
}

/// Measurements that were refused, by reason.
pub(crate) static ERRORS: Counter<Reason> = Counter::new();

/// Counts a measurement that was refused.
#[cold]
pub(super) fn refuse(reason: Reason) {
    ERRORS.with(&reason).inc();
}

const NAMES: [&str; 3] = ["nan", "negative", "overflow"];

impl LabelValue for Reason {
    fn write(&self, to: &mut ValueWriter<'_>) {
        to.push_str(NAMES[*self as usize]);
    }

    fn index(&self) -> usize {
        *self as usize
    }

    fn values() -> Option<usize> {
        Some(NAMES.len())
    }

    fn write_nth(n: usize, to: &mut ValueWriter<'_>) {
        to.push_str(NAMES[n]);
    }
}

impl Labels for Reason {
    type Of<'a> = Reason;

    fn names(to: &mut Vec<&'static str>) {
        to.push("reason");
    }

    fn combinations() -> Option<usize> {
        Self::values()
    }

    fn index(&self) -> usize {
        LabelValue::index(self)
    }

    fn write(&self, to: &mut LabelWriter<'_>) {
        to.label("reason", self);
    }

    fn write_nth(n: usize, to: &mut LabelWriter<'_>) {
        to.label_nth::<Self>("reason", n);
    }
}
