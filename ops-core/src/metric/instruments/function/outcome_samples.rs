//! Samples of finished calls: selects the outcomes of a series to expose and reads their values.

use super::call_outcome::CallOutcome;
use super::layout::CallLayout;
use crate::metric::cells::Reader;
use crate::metric::instruments::bucket_layout::BucketCounts;
use crate::metric::labels::LabelWriter;
use crate::metric::series::SeriesCells;
use crate::metric::value::{HistogramValue, Number, Value};

/// Reads the call counters or the durations of each series.
pub(super) struct OutcomeSamples<'a> {
    layout: &'a CallLayout,
    reader: &'a Reader,
    /// `true` for the call counters, `false` for the durations.
    are_counters: bool,
    counts: BucketCounts,
}

/// Kinds of series of a function.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Origin {
    /// A series of the declared labels, in which calls start.
    Declared,
    /// A result series, in which calls are recorded after they return.
    Result,
}

impl<'a> OutcomeSamples<'a> {
    pub(super) fn new(layout: &'a CallLayout, reader: &'a Reader, are_counters: bool) -> Self {
        OutcomeSamples { layout, reader, are_counters, counts: BucketCounts::default() }
    }

    /// Calls `series` with the labels and the value of each exposed outcome of one series.
    ///
    /// `text` contains the labels of the series, and `finished` are the cells of its finished calls.
    ///
    /// In a series of the declared labels, the counters of all outcomes exist from the start, and so do the durations of `ok`
    /// unless the function has result labels. All other samples appear with the first call of their outcome, because most
    /// functions never panic, and then stay.
    pub(super) fn for_each(
        &mut self,
        origin: Origin,
        text: &mut String,
        finished: SeriesCells,
        series: &mut dyn FnMut(&str, Value<'_>),
    ) {
        let OutcomeSamples { layout: CallLayout { outcomes, results, .. }, reader, are_counters, counts } = self;
        let (is_declared, created) = (origin == Origin::Declared, finished.created());
        let prefix = text.len();
        for outcome in CallOutcome::BY_NAME {
            text.truncate(prefix);
            LabelWriter::new(text).label("outcome", outcome.as_str());
            if *are_counters {
                let calls = outcomes.calls(finished.cells, outcome, reader, counts);
                if is_declared || calls > 0 {
                    let total = Number::Integer(calls);
                    series(text, Value::Counter { total, exemplar: None, created });
                }
            } else if let Some(durations) = outcomes.durations(finished.cells, outcome, reader, counts) {
                let exists_from_the_start = is_declared && outcome == CallOutcome::Ok && results.is_none();
                if exists_from_the_start || durations.count() > 0 {
                    series(text, Value::Histogram(HistogramValue { created, ..durations }));
                }
            }
        }
    }
}
