//! `ops`, used through its public API.

mod exporter;
mod function;
mod instrument;
mod server;

use crate::subject::{Role, Subject, Variant};

use exporter::Family;

pub(crate) use server::serve;

pub(crate) const SUBJECT: Subject = Subject {
    name: "ops",
    role: Role::Ops,
    variants: &[
        Variant::new("counter_static", "COUNTER.inc()", instrument::counter_static),
        Variant::new("counter_closed_labels", "COUNTER.with(&labels).inc()", instrument::counter_closed_labels),
        Variant::new("counter_dynamic_labels_1", "COUNTER.with(&labels).inc()", || instrument::dynamic(1)),
        Variant::new("counter_dynamic_labels_100", "COUNTER.with(&labels).inc()", || instrument::dynamic(100)),
        Variant::new("counter_dynamic_labels_10000", "COUNTER.with(&labels).inc()", || instrument::dynamic(10_000)),
        Variant::new("histogram_11", "HISTOGRAM.observe(seconds)", instrument::histogram_11),
        Variant::new("histogram_native", "HISTOGRAM.observe(seconds)", instrument::histogram_native),
        Variant::new("gauge_set", "GAUGE.set(value)", instrument::gauge_set),
        Variant::new("fn_metric_sync", "#[ops::metric]", function::sync),
        Variant::new("fn_metric_async", "#[ops::metric]", function::asynchronous),
        Variant::new("fn_metric_async_10_awaits", "#[ops::metric]", function::ten_awaits),
        Variant::new("fn_span_no_observer", "#[ops::instrument_span]", function::span),
    ],
    exporter: Some(Family::exporter),
};
