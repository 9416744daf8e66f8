//! Cells of the finished calls of one series: a duration histogram or a counter per outcome.

use super::call_outcome::CallOutcome;
use crate::metric::buckets::Buckets;
use crate::metric::cells::{CellRef, Layout, Reader, thread_cells};
use crate::metric::instruments::bucket_layout::{BucketCounts, BucketLayout};
use crate::metric::value::HistogramValue;

// Out of line, so that the timed path spills no registers for it.
#[inline(never)]
fn count_untimed(finished: CellRef, outcome: CallOutcome) {
    thread_cells::add(finished.after_scalars(outcome as u32), 1);
}

/// The cell layout of the outcomes of one series.
#[derive(Debug)]
pub(super) enum OutcomeCells {
    /// A duration histogram per outcome, whose count is the number of calls.
    Timed(BucketLayout),
    /// A call counter per outcome.
    Counted,
}

impl OutcomeCells {
    /// Creates the layout with these duration buckets; `None` if durations are disabled.
    pub(super) fn new(buckets: Option<Buckets>) -> Self {
        buckets.map_or(OutcomeCells::Counted, |buckets| OutcomeCells::Timed(BucketLayout::new(buckets)))
    }

    /// Returns the cell layout of all outcomes of one series.
    pub(super) fn layout(&self) -> Layout {
        let outcomes = CallOutcome::ALL.len() as u8;
        match self {
            OutcomeCells::Timed(layout) => layout.cells().distributions(outcomes),
            OutcomeCells::Counted => Layout::counters(outcomes),
        }
    }

    /// Records a call that took `seconds`.
    #[inline]
    pub(super) fn record(&self, finished: CellRef, outcome: CallOutcome, seconds: f64) {
        match self {
            OutcomeCells::Timed(layout) => layout.observe(finished.after(outcome as u32 * layout.len()), seconds),
            OutcomeCells::Counted => count_untimed(finished, outcome),
        }
    }

    /// Returns the number of calls with `outcome`.
    pub(super) fn calls(
        &self,
        finished: CellRef,
        outcome: CallOutcome,
        reader: &Reader,
        counts: &mut BucketCounts,
    ) -> u64 {
        match self.durations(finished, outcome, reader, counts) {
            Some(durations) => durations.count(),
            None => reader.total(finished.after_scalars(outcome as u32)),
        }
    }

    /// Returns the durations of the calls with `outcome`, or `None` if durations are disabled.
    pub(super) fn durations<'a>(
        &'a self,
        finished: CellRef,
        outcome: CallOutcome,
        reader: &Reader,
        counts: &'a mut BucketCounts,
    ) -> Option<HistogramValue<'a>> {
        match self {
            OutcomeCells::Timed(layout) => {
                Some(layout.read(finished.after(outcome as u32 * layout.len()), reader, counts))
            }
            OutcomeCells::Counted => None,
        }
    }
}
