//! An observer that records spans with `tracing`.

use super::{Observer, Span, SpanRecorder};
use crate::metric::Attr;
use std::fmt;

/// An observer that creates a `tracing` span with target `ops` for each annotated function call.
///
/// The fields of `tracing` spans are fixed, so the name is in the field `name`, attributes are in `attrs`, and the error is in
/// `error`.
///
/// Metrics declared as statics are not forwarded. Values recorded through this observer, as in
/// `observer.counter("orders_total").add(1, &[])` on a `&dyn Observer`, are emitted as events at level `TRACE`.
///
/// ```
/// ops::install_observer(ops::trace::TracingObserver::default());
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct TracingObserver;

impl Observer for TracingObserver {
    fn add_to_counter(&self, name: &str, by: u64, attrs: &[Attr]) {
        tracing::trace!(target: "ops", counter = name, by, attrs = %Attrs(attrs));
    }

    fn set_gauge(&self, name: &str, value: f64, attrs: &[Attr]) {
        tracing::trace!(target: "ops", gauge = name, value, attrs = %Attrs(attrs));
    }

    fn add_to_gauge(&self, name: &str, by: f64, attrs: &[Attr]) {
        tracing::trace!(target: "ops", gauge = name, by, attrs = %Attrs(attrs));
    }

    fn observe(&self, name: &str, value: f64, attrs: &[Attr]) {
        tracing::trace!(target: "ops", summary = name, value, attrs = %Attrs(attrs));
    }

    fn start_span(&self, name: &str, attrs: &[Attr]) -> Span {
        let empty = tracing::field::Empty;
        let span = tracing::info_span!(target: "ops", "span", name, attrs = empty, error = empty);
        if span.is_disabled() {
            return Span::none();
        }
        let mut recorder = Recorder { span, attrs: attrs.to_vec() };
        recorder.record_attrs();
        Span::new(Box::new(recorder))
    }
}

struct Recorder {
    span: tracing::Span,
    attrs: Vec<Attr>,
}

impl Recorder {
    fn record_attrs(&mut self) {
        if !self.attrs.is_empty() {
            self.span.record("attrs", tracing::field::display(Attrs(&self.attrs)));
        }
    }
}

impl SpanRecorder for Recorder {
    fn set_attr(&mut self, attr: Attr) {
        self.attrs.push(attr);
        self.record_attrs();
    }

    fn set_error(&mut self, error: &dyn fmt::Display) {
        self.span.record("error", tracing::field::display(error));
    }

    fn enter(&mut self) {
        self.span.with_subscriber(|(id, dispatch)| dispatch.enter(id));
    }

    fn exit(&mut self) {
        self.span.with_subscriber(|(id, dispatch)| dispatch.exit(id));
    }

    fn end(self: Box<Self>) {}
}

/// Formats attributes as `key=value key=value`.
struct Attrs<'a>(&'a [Attr]);

impl fmt::Display for Attrs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, attr) in self.0.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{}={}", attr.key(), attr.value())?;
        }
        Ok(())
    }
}
