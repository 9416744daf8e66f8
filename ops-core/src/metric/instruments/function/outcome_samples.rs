//! The samples of ended calls: which outcomes of a series are exposed, and their values.

use super::call_outcome::CallOutcome;
use super::layout::CallLayout;
use crate::metric::cells::Reader;
use crate::metric::instruments::bucket_layout::BucketCounts;
use crate::metric::labels::LabelWriter;
use crate::metric::series::SeriesCells;
use crate::metric::value::{HistogramValue, Number, Value};

/// Reads the call counters or the durations of one series after the other.
pub(super) struct OutcomeSamples<'a> {
    layout: &'a CallLayout,
    reader: &'a Reader,
    /// `true` for the call counters, `false` for the durations.
    are_counters: bool,
    counts: BucketCounts,
}

/// The kind of a series.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Origin {
    /// Calls begin in it.
    Begun,
    /// A result series.
    Result,
}

impl<'a> OutcomeSamples<'a> {
    pub(super) fn new(layout: &'a CallLayout, reader: &'a Reader, are_counters: bool) -> Self {
        OutcomeSamples { layout, reader, are_counters, counts: BucketCounts::default() }
    }

    /// Calls `series` with the labels and the value of each outcome of the series with the labels `text`, whose ended calls
    /// are in the cells `ended`.
    ///
    /// In a series in which calls begin, the counters of all outcomes exist from the start, and so do the durations of `ok`
    /// unless there are result series. Everything else appears with its first call and stays: most functions never panic.
    pub(super) fn for_each(
        &mut self,
        origin: Origin,
        text: &mut String,
        ended: SeriesCells,
        series: &mut dyn FnMut(&str, Value<'_>),
    ) {
        let OutcomeSamples { layout: CallLayout { outcomes, results, .. }, reader, are_counters, counts } = self;
        let (begun, created) = (origin == Origin::Begun, ended.created());
        let prefix = text.len();
        for outcome in CallOutcome::BY_NAME {
            text.truncate(prefix);
            LabelWriter::new(text).label("outcome", outcome.as_str());
            if *are_counters {
                let calls = outcomes.calls(ended.cells, outcome, reader, counts);
                if begun || calls > 0 {
                    let total = Number::Integer(calls);
                    series(text, Value::Counter { total, exemplar: None, created });
                }
            } else if let Some(durations) = outcomes.durations(ended.cells, outcome, reader, counts) {
                let exists_from_the_start = begun && outcome == CallOutcome::Ok && results.is_none();
                if exists_from_the_start || durations.count() > 0 {
                    series(text, Value::Histogram(HistogramValue { created, ..durations }));
                }
            }
        }
    }
}
