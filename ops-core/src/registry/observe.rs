//! [`Observer`] for [`Metrics`]: records measurements and the durations of spans in the registry.

use super::metrics::Metrics;
use crate::metric::Attr;
use crate::name;
use crate::trace::{Observer, Span, SpanRecorder};
use std::fmt;
use std::time::Instant;

/// Drops measurements whose name is invalid, declared by an annotated item, or in use by another kind.
impl Observer for Metrics {
    fn add_to_counter(&self, name: &str, by: u64, attrs: &[Attr]) {
        if let Ok(counter) = self.try_counter(name) {
            counter.add(by, attrs);
        }
    }

    fn set_gauge(&self, name: &str, value: f64, attrs: &[Attr]) {
        if let Ok(gauge) = self.try_gauge(name) {
            gauge.set(value, attrs);
        }
    }

    fn add_to_gauge(&self, name: &str, by: f64, attrs: &[Attr]) {
        if let Ok(gauge) = self.try_gauge(name) {
            gauge.add(by, attrs);
        }
    }

    fn observe(&self, name: &str, value: f64, attrs: &[Attr]) {
        if let Ok(summary) = self.try_summary(name) {
            summary.observe(value, attrs);
        }
    }

    fn start_span(&self, name: &str, attrs: &[Attr]) -> Span {
        Span::new(Box::new(Duration {
            metrics: self.clone(),
            name: format!("{}_duration_seconds", name::metric_of_span(name)),
            attrs: attrs.to_vec(),
            started: Instant::now(),
        }))
    }
}

/// A span whose duration is recorded, labeled with its initial attributes.
struct Duration {
    metrics: Metrics,
    name: String,
    attrs: Vec<Attr>,
    started: Instant,
}

impl SpanRecorder for Duration {
    /// Ignored: only initial attributes become labels, because later ones may have unbounded cardinality.
    fn set_attr(&mut self, attr: Attr) {
        let _ = attr;
    }

    fn set_error(&mut self, _error: &dyn fmt::Display) {}

    fn end(self: Box<Self>) {
        self.metrics.observe(&self.name, self.started.elapsed().as_secs_f64(), &self.attrs);
    }
}
