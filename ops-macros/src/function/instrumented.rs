//! A function and its parsed attributes.
//!
//! `wrapped_body` expands it, `wrap` generates the code before and after the body.

use crate::common::crate_path::CratePath;
use crate::options::metric_options::MetricOptions;
use crate::options::outcome_rule::OutcomeRule;
use crate::options::span_options::SpanOptions;
use crate::syntax::function::Function;

/// A function and its parsed attributes.
pub(super) struct Instrumented {
    pub(super) crate_path: CratePath,
    pub(super) function: Function,
    /// Name in the catalog, such as `price` or `Cart::total`.
    pub(super) path: String,
    pub(super) metric: Option<MetricOptions>,
    pub(super) span: Option<SpanOptions>,
    pub(super) rule: OutcomeRule,
    /// `true` if the span is exited and re-entered around awaits, which requires a mutable local.
    pub(super) reenters_span: bool,
}
