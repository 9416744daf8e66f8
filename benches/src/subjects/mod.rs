//! The measured subjects, one module each; a new one must be added to [`SUBJECTS`].

mod ops;

mod autometrics;
mod fastmetrics;
mod fastrace;
mod limit;
mod measured;
mod metrics;
mod metriken;
mod opentelemetry;
mod plain;
mod prometheus;
mod prometheus_client;
mod prometheus_static_metric;
mod shared_atomic;
mod tracing;

use crate::subject::Subject;

pub(crate) use ops::serve as serve_ops;

/// All subjects, in execution order.
pub(crate) const SUBJECTS: &[Subject] = &[
    ops::SUBJECT,
    prometheus::SUBJECT,
    prometheus_static_metric::SUBJECT,
    prometheus_client::SUBJECT,
    metrics::SUBJECT,
    measured::SUBJECT,
    metriken::SUBJECT,
    fastmetrics::SUBJECT,
    opentelemetry::SUBJECT,
    autometrics::SUBJECT,
    fastrace::SUBJECT,
    tracing::SUBJECT,
    plain::SUBJECT,
    shared_atomic::SUBJECT,
    limit::SUBJECT,
];
