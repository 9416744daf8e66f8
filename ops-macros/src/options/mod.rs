//! Options of `#[metric]` and `#[instrument_span]`, and the constants and values generated from them.

pub(crate) mod buckets;
mod call_labels;
pub(crate) mod metric_name;
pub(crate) mod metric_options;
pub(crate) mod outcome_rule;
mod result_labels;
pub(crate) mod series_options;
mod span_fields;
pub(crate) mod span_options;
