//! Metrics of annotated functions: calls by outcome, durations and calls in flight.

mod call;
mod call_options;
mod call_outcome;
mod function_metric;
mod function_path;
#[cfg(feature = "http")]
mod http_outcome;
mod label_declaration;
mod layout;
mod outcome_cells;
mod outcome_samples;
mod result_series;
#[cfg(test)]
mod tests;

pub use call::Call;
pub use call_outcome::{CallOutcome, ToCallOutcome};
pub use function_metric::FunctionMetric;
pub use label_declaration::LabelDeclaration;
