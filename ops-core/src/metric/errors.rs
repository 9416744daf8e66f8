//! Counts measurement errors, such as dropped NaN values, in `ops_metric_errors_total`.

use super::cells::{Layout, Reader, thread_cells};
use super::instrument::{Instrument, Part};
use super::labels::{LabelValue, LabelWriter, Labels, ValueWriter};
use super::series::{SeriesFamily, SeriesOptions};
use super::value::Value;
use crate::descriptor::MetricKind;

/// Reasons for a measurement error: the label `reason` of `ops_metric_errors_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// A NaN value.
    Nan,
    /// A negative increment of a counter.
    Negative,
    /// A saturated counter, counted once per scrape.
    Overflow,
    /// Two series with equal labels that cannot be merged, counted once per scrape.
    Duplicate,
    /// No cell space left, neither for the series nor for the overflow series of its family.
    CellSpace,
}

const NAMES: [&str; 5] = ["nan", "negative", "overflow", "duplicate", "cell_space"];

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
    type Borrowed<'a> = Reason;

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

/// The process-wide counter behind `ops_metric_errors_total`.
pub(crate) static ERRORS: ErrorCounter = ErrorCounter::new();

/// Counts a measurement error.
#[cold]
pub(super) fn record(reason: Reason) {
    ERRORS.inc(reason);
}

/// A counter of measurement errors, by reason.
///
/// Writes to the cells directly instead of using a `Counter`, because a `Counter` reports its own errors here.
#[derive(Debug)]
pub(crate) struct ErrorCounter {
    family: SeriesFamily<Reason>,
}

impl ErrorCounter {
    const fn new() -> Self {
        ErrorCounter { family: SeriesFamily::new(SeriesOptions::new()) }
    }

    /// Adds 1.
    pub(crate) fn inc(&self, reason: Reason) {
        thread_cells::add(self.family.cells(&reason, || Layout::COUNTER), 1);
    }

    /// Returns the number of errors with this reason.
    #[cfg(test)]
    pub(crate) fn value(&self, reason: Reason) -> u64 {
        Reader::new().total(self.family.cells(&reason, || Layout::COUNTER))
    }
}

impl Instrument for ErrorCounter {
    fn parts(&self) -> Vec<Part> {
        vec![Part::whole(MetricKind::Counter, SeriesFamily::<Reason>::label_names())]
    }

    fn collect(&self, _part: usize, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        let no_cells = self.family.cells(&Reason::CellSpace, || Layout::COUNTER);
        self.family.for_each(reader, Layout::COUNTER, |labels, entry| {
            // Measurements dropped for lack of cell space are counted outside the cell space.
            let without_cells = if entry.cells == no_cells { thread_cells::dropped() } else { 0 };
            series(labels, Value::counter(reader.total(entry.cells) + without_cells));
        });
    }

    fn overflowed(&self) -> u64 {
        self.family.overflowed()
    }
}
