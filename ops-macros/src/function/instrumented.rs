//! A function with what its attributes ask for: `wrapped_body` expands it, `wrap` writes the code before and after its body.

use crate::common::crate_path::CratePath;
use crate::options::metric_options::MetricOptions;
use crate::options::outcome_rule::OutcomeRule;
use crate::options::span_options::SpanOptions;
use crate::syntax::function::Function;

/// A function, and what its attributes ask for.
pub(super) struct Instrumented {
    pub(super) crate_path: CratePath,
    pub(super) function: Function,
    /// What it is called in the catalog: `price`, `Cart::total`.
    pub(super) path: String,
    pub(super) metric: Option<MetricOptions>,
    pub(super) span: Option<SpanOptions>,
    pub(super) rule: OutcomeRule,
    /// Whether the span is left and entered again while something is awaited, and so has to be mutable.
    pub(super) reenters_span: bool,
}
