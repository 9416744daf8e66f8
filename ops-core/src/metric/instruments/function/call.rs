//! A call that is running.

use super::call_outcome::CallOutcome;
use super::layout::CallLayout;
use crate::clock::Stopwatch;
use crate::metric::cells::{CellRef, thread_cells};

/// A call that is running; dropped without [`finish`](Call::finish) it panicked or was cancelled.
#[must_use = "a call that is dropped counts as cancelled"]
#[derive(Debug)]
pub struct Call {
    pub(super) layout: &'static CallLayout,
    pub(super) cells: CellRef,
    pub(super) started: Stopwatch,
}

impl Call {
    /// Counts the call out, and gives how long it took, in seconds.
    pub fn finish(self, outcome: CallOutcome) -> f64 {
        let seconds = self.end(outcome);
        // Nothing in it is to be dropped but the call itself, which has ended.
        std::mem::forget(self);
        seconds
    }

    /// When it started.
    pub(crate) fn started(&self) -> Stopwatch {
        self.started
    }

    #[inline]
    fn end(&self, outcome: CallOutcome) -> f64 {
        let seconds = self.started.elapsed_seconds();
        thread_cells::add_level(self.cells, -1);
        self.layout.durations(self.cells, outcome).observe(seconds);
        seconds
    }
}

impl Drop for Call {
    #[cold]
    fn drop(&mut self) {
        self.end(CallOutcome::unfinished());
    }
}
