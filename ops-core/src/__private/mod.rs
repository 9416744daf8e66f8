//! Items used by macro expansions. Not public API: they may change in any release.

mod boxed_future;
mod call;
mod check;
mod duration;
mod field;
mod future;
mod label;
mod max_series;
mod measured;
mod returned;

// Re-exports of the standard library, for paths that user code cannot shadow.
pub use ::core;
pub use ::core::option::Option::{None, Some};
pub use ::std::vec::Vec;

pub use ::inventory;

pub use crate::descriptor::{CheckDescriptor, Here, MetricDescriptor};
pub use crate::health::{CheckContext, FromContext, IntoOutcome, LinkedCheck, Run};
pub use crate::metric::{
    Buckets, FunctionMetric, InstrumentOptions, Key, KeyPart, LabelDeclaration, LabelValue, LabelWriter, Labels,
    PackageBuckets, State, ValueWriter, key_part,
};
pub use crate::name::{check_name, group_name, label_name, metric_name, span_name, unit, utf8_metric_name};
pub use crate::registry::{BuildInfo, MetricEntry, function_element, metric_element, span_element};
pub use crate::trace::{ActiveSpan, SpanSite};

pub use boxed_future::{BoxedFuture, IsBoxed, IsNoFuture, Local, MaybeFuture, NoFuture, Sendable};
pub use call::{AwaitedInSpan, InSpan, Never, Returning, call, in_span, never, unreached};
pub use check::{check_future, check_kind, check_status, missing, threshold};
pub use duration::{duration, positive};
pub use field::{FieldValue, field, field_debug, field_display, field_secret, fields};
pub use future::{MeasuredFuture, future};
pub use label::{combinations, digits, index, label_value, write_nth_of};
pub use max_series::max_series;
pub use measured::{Measured, UntilReturn};
pub use returned::{
    Fallback, Inspect, IsNone, MaybeNone, Returned, Seen, error_if, is_none, or_error_if, result_label, returned, seen,
};
