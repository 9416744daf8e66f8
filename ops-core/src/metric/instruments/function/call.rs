//! A call that is running.

use super::call_outcome::CallOutcome;
use super::layout::CallLayout;
use super::result_series::ResultValues;
use crate::clock::Stopwatch;
use crate::metric::cells::{CellRef, thread_cells};
use crate::metric::labels::{LabelTexts, LabelValue};

/// A call that is running; dropped without [`finish`](Call::finish) it panicked or was cancelled.
#[must_use = "a call that is dropped counts as cancelled"]
#[derive(Debug)]
pub struct Call {
    pub(super) layout: &'static CallLayout,
    pub(super) cells: CellRef,
    pub(super) started: Stopwatch,
    /// The values of its labels, if further ones are computed from the value that it returns.
    pub(super) labels: Option<Box<LabelTexts>>,
}

impl Call {
    /// Counts a call in.
    #[inline]
    pub(super) fn begin(layout: &'static CallLayout, cells: CellRef, labels: Option<Box<LabelTexts>>) -> Self {
        thread_cells::add_level(cells, 1);
        Call { layout, cells, started: Stopwatch::start(), labels }
    }

    /// Counts the call out, and gives how long it took, in seconds.
    pub fn finish(mut self, outcome: CallOutcome) -> f64 {
        let seconds = self.end(outcome);
        if self.labels.is_some() {
            self.drop_labels();
        }
        // Nothing else in it is to be dropped but the call itself, which has ended.
        std::mem::forget(self);
        seconds
    }

    /// Counts the call out in the series with these values of its `result_labels`, in their order. Returns how long it took, in
    /// seconds.
    pub fn finish_with(self, outcome: CallOutcome, values: &[&dyn LabelValue]) -> f64 {
        self.finish_in_results(outcome, ResultValues::Values(values))
    }

    /// The same, of values that were kept as text.
    pub(crate) fn finish_with_texts(self, outcome: CallOutcome, values: &LabelTexts) -> f64 {
        self.finish_in_results(outcome, ResultValues::Texts(values))
    }

    /// When it started.
    pub(crate) fn started(&self) -> Stopwatch {
        self.started
    }

    fn finish_in_results(mut self, outcome: CallOutcome, values: ResultValues<'_>) -> f64 {
        let Some(results) = &self.layout.results else { return self.finish(outcome) };
        let seconds = self.started.elapsed_seconds();
        let labels = self.labels.take();
        // Writing a label value runs the user's code; if it panics, `self` is dropped and counts as a panic.
        let cells = results.cells(labels.as_deref(), values);
        thread_cells::add_level(self.cells, -1);
        thread_cells::add(self.layout.ended_in_results(self.cells), 1);
        self.layout.outcomes.count(cells, outcome, seconds);
        std::mem::forget(self);
        seconds
    }

    #[cold]
    fn drop_labels(&mut self) {
        self.labels = None;
    }

    #[inline]
    fn end(&self, outcome: CallOutcome) -> f64 {
        let seconds = self.started.elapsed_seconds();
        thread_cells::add_level(self.cells, -1);
        self.layout.outcomes.count(self.layout.ended(self.cells), outcome, seconds);
        seconds
    }
}

impl Drop for Call {
    #[cold]
    fn drop(&mut self) {
        self.end(CallOutcome::unfinished());
    }
}
