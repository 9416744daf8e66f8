//! Series and cell layout of a function metric.

use super::call_options::CallOptions;
use super::outcome_cells::OutcomeCells;
use super::result_series::ResultSeries;
use crate::metric::buckets::Buckets;
use crate::metric::cells::slots::Slots;
use crate::metric::cells::{CellRef, Layout, Reader};
use crate::metric::labels::{LabelTexts, LabelValue};
use crate::metric::series::{DynamicFamily, StaticLabels};
use std::borrow::Cow;

/// The series and the cell layout of a function, computed once.
#[derive(Debug)]
pub(super) struct CallLayout {
    /// Value of the label `function` in the shared families.
    pub(super) function: Cow<'static, str>,
    /// Cell layout of the finished calls of one series.
    pub(super) outcomes: OutcomeCells,
    /// Cell layout of one series.
    pub(super) cells: Layout,
    /// Offset of the cells of finished calls within a series.
    finished: u32,
    pub(super) series: Series,
    /// Result series, if the function has `result_labels`.
    pub(super) results: Option<ResultSeries>,
}

/// The series of a function.
#[derive(Debug)]
pub(super) enum Series {
    /// A static label set: one series per combination, `stride` slots apart, starting at slot `first`.
    Static { combinations: u32, slots: Slots, first: u32, stride: u32, labels: StaticLabels },
    /// A dynamic label set: series are created on first use.
    Dynamic(DynamicFamily),
}

impl CallLayout {
    /// Creates the layout of a function with these options and duration buckets.
    #[cold]
    pub(super) fn new(function: Cow<'static, str>, options: &CallOptions, buckets: Option<Buckets>) -> Self {
        let CallOptions { labels, result_labels, series, .. } = *options;
        let outcomes = OutcomeCells::new(buckets);
        let result_series = || ResultSeries::new(labels, result_labels, series, outcomes.layout());
        let results = (!result_labels.is_empty()).then(result_series);
        let cells = options.layout(&outcomes);
        let (series, cells) = match options.static_combinations() {
            Some(combinations) => {
                let slots = Slots::new();
                let first = slots.first(cells, combinations);
                let stride = cells.stride(combinations).unwrap_or_default();
                (Series::Static { combinations, slots, first, stride, labels: StaticLabels::new() }, cells)
            }
            None => (Series::Dynamic(DynamicFamily::new(series)), cells.recycled()),
        };
        let finished = cells.width() - outcomes.layout().with_recycling_of(cells).width();
        CallLayout { function, outcomes, cells, finished, series, results }
    }

    /// Returns the label values of a call as text if the function has result series.
    #[inline(never)]
    pub(super) fn labels_for_results(&self, values: &[&dyn LabelValue]) -> Option<Box<LabelTexts>> {
        self.results.as_ref().map(|_| Box::new(LabelTexts::new(values)))
    }

    /// Returns the cells of the finished calls of a series.
    #[inline]
    pub(super) fn finished(&self, cells: CellRef) -> CellRef {
        cells.after(self.finished)
    }

    /// Returns the cell that counts the calls of a series that were recorded in a result series.
    pub(super) fn recorded_in_results(&self, cells: CellRef) -> CellRef {
        cells.after_scalars(1)
    }

    pub(super) fn set_default_max_series(&self, max_series: u32) {
        if let Series::Dynamic(family) = &self.series {
            family.limit().set_default(max_series);
        }
        if let Some(results) = &self.results {
            results.set_default_max_series(max_series);
        }
    }

    /// Returns the number of lookups that went to the overflow series.
    pub(super) fn overflowed(&self) -> u64 {
        let overflowed = match &self.series {
            Series::Static { .. } => 0,
            Series::Dynamic(family) => family.limit().overflowed(),
        };
        overflowed + self.results.as_ref().map_or(0, ResultSeries::overflowed)
    }

    /// Returns `true` if a series did not fit into the cell space.
    pub(super) fn found_no_space(&self) -> bool {
        let found_no_space = match &self.series {
            Series::Static { slots, .. } => slots.found_no_space(),
            Series::Dynamic(family) => family.limit().found_no_space(),
        };
        found_no_space || self.results.as_ref().is_some_and(ResultSeries::found_no_space)
    }

    /// Removes the series whose idle time exceeds the TTL. A series with a running call never expires.
    pub(super) fn expire(&self, reader: &Reader) {
        if let Series::Dynamic(family) = &self.series {
            family.expire(&self.cells, reader.now(), |cells| reader.activity(self.cells, cells));
        }
        if let Some(results) = &self.results {
            results.expire(reader);
        }
    }
}
