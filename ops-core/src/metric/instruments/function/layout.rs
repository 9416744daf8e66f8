//! The cells of a function: how many calls are running, and how those ended that did, a series.

use super::call_options::CallOptions;
use super::outcome_cells::OutcomeCells;
use super::result_series::ResultSeries;
use crate::metric::buckets::Buckets;
use crate::metric::cells::slots::Slots;
use crate::metric::cells::{CellRef, Layout, Reader};
use crate::metric::labels::{LabelTexts, LabelValue};
use crate::metric::series::{DynamicFamily, StaticLabels};
use std::borrow::Cow;

/// How the cells of a function are laid out, found out once.
#[derive(Debug)]
pub(super) struct CallLayout {
    /// The name of the function in the shared families.
    pub(super) function: Cow<'static, str>,
    /// The cells of the calls that ended.
    pub(super) outcomes: OutcomeCells,
    /// The cells of one series.
    pub(super) cells: Layout,
    /// The distance from them to the cells of the ended calls.
    ended: u32,
    pub(super) series: Series,
    /// The result series, if the function has `result_labels`.
    pub(super) results: Option<ResultSeries>,
}

/// The series of a function.
#[derive(Debug)]
pub(super) enum Series {
    /// So many combinations of labels, from the slot `first` on, each `stride` slots after the one before.
    Static { combinations: u32, slots: Slots, first: u32, stride: u32, labels: StaticLabels },
    /// As they are used.
    Dynamic(DynamicFamily),
}

impl CallLayout {
    /// Lays out a function with these options, whose durations have these buckets.
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
        let ended = cells.width() - outcomes.layout().with_recycling_of(cells).width();
        CallLayout { function, outcomes, cells, ended, series, results }
    }

    /// Returns the values of the labels of a call as text, if result series need them when it ends.
    #[inline(never)]
    pub(super) fn kept_labels(&self, values: &[&dyn LabelValue]) -> Option<Box<LabelTexts>> {
        self.results.as_ref().map(|_| Box::new(LabelTexts::new(values)))
    }

    /// Returns the cells of the ended calls of a series.
    #[inline]
    pub(super) fn ended(&self, cells: CellRef) -> CellRef {
        cells.after(self.ended)
    }

    /// Returns the cell that counts the calls of a series that ended in a result series.
    pub(super) fn ended_in_results(&self, cells: CellRef) -> CellRef {
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

    /// Returns how often a series was requested past `max_series`.
    pub(super) fn overflowed(&self) -> u64 {
        let begun = match &self.series {
            Series::Static { .. } => 0,
            Series::Dynamic(family) => family.limit().overflowed(),
        };
        begun + self.results.as_ref().map_or(0, ResultSeries::overflowed)
    }

    /// Returns `true` if there was no cell space for a series.
    pub(super) fn found_no_space(&self) -> bool {
        let begun = match &self.series {
            Series::Static { slots, .. } => slots.found_no_space(),
            Series::Dynamic(family) => family.limit().found_no_space(),
        };
        begun || self.results.as_ref().is_some_and(ResultSeries::found_no_space)
    }

    /// Removes the series that were idle for their TTL. A series with a running call never expires.
    pub(super) fn expire(&self, reader: &Reader) {
        if let Series::Dynamic(family) = &self.series {
            family.expire(&self.cells, reader.now(), |cells| reader.activity(self.cells, cells));
        }
        if let Some(results) = &self.results {
            results.expire(reader);
        }
    }
}
