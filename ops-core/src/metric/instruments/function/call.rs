//! The guard of a running call of an annotated function.

use super::call_outcome::CallOutcome;
use super::layout::CallLayout;
use super::result_series::ResultValues;
use crate::clock::Stopwatch;
use crate::metric::cells::{CellRef, thread_cells};
use crate::metric::labels::{LabelTexts, LabelValue};

/// A guard of a running call of an annotated function.
///
/// If it is dropped without [`finish`](Call::finish), the call counts as panicked or canceled.
#[must_use = "a call that is dropped without `finish` counts as canceled"]
#[derive(Debug)]
pub struct Call {
    pub(super) layout: &'static CallLayout,
    pub(super) cells: CellRef,
    pub(super) started: Stopwatch,
    /// Label values of the call, kept if the function has `result_labels`.
    pub(super) labels: Option<Box<LabelTexts>>,
}

impl Call {
    /// Starts a call: increments the in-flight gauge and starts the stopwatch.
    #[inline]
    pub(super) fn begin(layout: &'static CallLayout, cells: CellRef, labels: Option<Box<LabelTexts>>) -> Self {
        thread_cells::add_level(cells, 1);
        Call { layout, cells, started: Stopwatch::start(), labels }
    }

    /// Records the end of the call. Returns its duration in seconds.
    pub fn finish(mut self, outcome: CallOutcome) -> f64 {
        let seconds = self.end(outcome);
        if self.labels.is_some() {
            self.drop_labels();
        }
        // Skips `drop`, which would record the call a second time. No other field needs dropping.
        std::mem::forget(self);
        seconds
    }

    /// Records the end of the call with the values of its `result_labels`.
    ///
    /// `values` are in declaration order. Returns the duration in seconds.
    pub fn finish_with(self, outcome: CallOutcome, values: &[&dyn LabelValue]) -> f64 {
        self.finish_in_results(outcome, ResultValues::Values(values))
    }

    /// Like [`finish_with`](Self::finish_with), with values stored as text.
    pub(crate) fn finish_with_texts(self, outcome: CallOutcome, values: &LabelTexts) -> f64 {
        self.finish_in_results(outcome, ResultValues::Texts(values))
    }

    /// Returns the start time of the call.
    pub(crate) fn started(&self) -> Stopwatch {
        self.started
    }

    fn finish_in_results(mut self, outcome: CallOutcome, values: ResultValues<'_>) -> f64 {
        let Some(results) = &self.layout.results else { return self.finish(outcome) };
        let seconds = self.started.elapsed_seconds();
        let labels = self.labels.take();
        // Writing a label value runs user code; if it panics, `self` is dropped, which records the panic.
        let cells = results.cells(labels.as_deref(), values);
        thread_cells::add_level(self.cells, -1);
        thread_cells::add(self.layout.recorded_in_results(self.cells), 1);
        self.layout.outcomes.record(cells, outcome, seconds);
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
        self.layout.outcomes.record(self.layout.finished(self.cells), outcome, seconds);
        seconds
    }
}

impl Drop for Call {
    #[cold]
    fn drop(&mut self) {
        self.end(CallOutcome::unfinished());
    }
}
