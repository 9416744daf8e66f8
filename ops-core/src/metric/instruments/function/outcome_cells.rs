//! The cells of the ended calls of one series: a distribution of durations or a counter for each outcome.

use super::call_outcome::CallOutcome;
use crate::metric::buckets::Buckets;
use crate::metric::cells::{CellRef, Layout, Reader, thread_cells};
use crate::metric::instruments::bucket_layout::{BucketCounts, BucketLayout};
use crate::metric::value::HistogramValue;

// A call, so that the usual path saves no registers for it.
#[inline(never)]
fn count_untimed(ended: CellRef, outcome: CallOutcome) {
    thread_cells::add(ended.after_scalars(outcome as u32), 1);
}

/// The cells of each outcome.
#[derive(Debug)]
pub(super) enum OutcomeCells {
    /// A distribution of durations, whose observations are the calls.
    Timed(BucketLayout),
    /// A counter of calls.
    Counted,
}

impl OutcomeCells {
    /// Creates the cells of durations with these buckets; `None` if durations are not recorded.
    pub(super) fn new(buckets: Option<Buckets>) -> Self {
        buckets.map_or(OutcomeCells::Counted, |buckets| OutcomeCells::Timed(BucketLayout::new(buckets)))
    }

    /// Returns the cells of one series: those of all outcomes.
    pub(super) fn layout(&self) -> Layout {
        let outcomes = CallOutcome::ALL.len() as u8;
        match self {
            OutcomeCells::Timed(layout) => layout.cells().distributions(outcomes),
            OutcomeCells::Counted => Layout::counters(outcomes),
        }
    }

    /// Counts a call that took `seconds`, in the series with these cells.
    #[inline]
    pub(super) fn count(&self, ended: CellRef, outcome: CallOutcome, seconds: f64) {
        match self {
            OutcomeCells::Timed(layout) => layout.observe(ended.after(outcome as u32 * layout.len()), seconds),
            OutcomeCells::Counted => count_untimed(ended, outcome),
        }
    }

    /// Returns the number of calls that ended with `outcome`.
    pub(super) fn calls(
        &self,
        ended: CellRef,
        outcome: CallOutcome,
        reader: &Reader,
        counts: &mut BucketCounts,
    ) -> u64 {
        match self.durations(ended, outcome, reader, counts) {
            Some(durations) => durations.count(),
            None => reader.total(ended.after_scalars(outcome as u32)),
        }
    }

    /// Returns the durations of the calls that ended with `outcome`, if they are recorded.
    pub(super) fn durations<'a>(
        &'a self,
        ended: CellRef,
        outcome: CallOutcome,
        reader: &Reader,
        counts: &'a mut BucketCounts,
    ) -> Option<HistogramValue<'a>> {
        match self {
            OutcomeCells::Timed(layout) => {
                Some(layout.read(ended.after(outcome as u32 * layout.len()), reader, counts))
            }
            OutcomeCells::Counted => None,
        }
    }
}
