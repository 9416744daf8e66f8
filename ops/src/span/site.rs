//! A place in the source where a span starts.

use super::current::Scope;
use super::installed;
use super::observer::Span;
use crate::clock::Stopwatch;
use crate::descriptor::{Kind, Location};
use crate::metric::{Attr, CallOutcome, Histogram, Instrument, Part, Reader, Value};
use std::fmt;

/// A place in the source where a span starts; the attribute `#[instrument_span]` makes one.
///
/// It counts the durations of its spans by itself, so that they are served with no observer at all.
#[derive(Debug)]
pub struct SpanSite {
    name: &'static str,
    location: Location,
    durations: Histogram,
}

impl SpanSite {
    /// The span `name`, started at `location`.
    pub const fn new(name: &'static str, location: Location) -> Self {
        SpanSite { name, location, durations: Histogram::new() }
    }

    /// What the span is called.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Where it stands in the source.
    pub const fn location(&self) -> Location {
        self.location
    }

    /// Starts a span; `fields` are made only if an observer is installed.
    #[inline]
    pub fn enter(&'static self, fields: impl FnOnce() -> Vec<Attr>) -> ActiveSpan {
        self.started(installed::start_span(self.name, fields))
    }

    // Not inlined, nor is what ends a span: an annotated function grows by two calls.
    fn started(&'static self, span: Span) -> ActiveSpan {
        ActiveSpan { site: self, span, started: Stopwatch::start() }
    }
}

impl Instrument for SpanSite {
    fn parts(&self) -> Vec<Part> {
        vec![Part {
            suffix: "_duration",
            kind: Kind::Histogram,
            unit: Some("seconds"),
            help: Some(format!("How long the span `{}` took.", self.name)),
            labels: Vec::new(),
        }]
    }

    fn overflowed(&self) -> u64 {
        0
    }

    fn collect(&self, part: usize, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        self.durations.collect(part, reader, series);
    }
}

/// A span that is open; dropped without [`finish`](ActiveSpan::finish) its work panicked or was cancelled.
#[must_use = "a span that is dropped counts as cancelled"]
#[derive(Debug)]
pub struct ActiveSpan {
    site: &'static SpanSite,
    span: Span,
    started: Stopwatch,
}

impl ActiveSpan {
    /// Makes it the current span of this thread, until what this gives is dropped.
    #[inline]
    pub fn scope(&self) -> Scope<'_> {
        Scope::enter(&self.span)
    }

    /// Ends it.
    pub fn finish(mut self, outcome: CallOutcome, error: Option<&dyn fmt::Display>) {
        self.end(outcome, error);
        // It has ended, and its handle to an observer's span is gone.
        std::mem::forget(self);
    }

    #[inline]
    fn end(&mut self, outcome: CallOutcome, error: Option<&dyn fmt::Display>) {
        self.site.durations.observe(self.started.elapsed_seconds());
        if self.span.is_recorded() {
            self.end_recorded(outcome, error);
        }
    }

    #[cold]
    fn end_recorded(&mut self, outcome: CallOutcome, error: Option<&dyn fmt::Display>) {
        let mut span = std::mem::take(&mut self.span);
        match (outcome, error) {
            (CallOutcome::Ok, _) => {}
            (_, Some(error)) => span.set_error(error),
            (outcome, None) => span.set_error(&outcome.as_str()),
        }
        span.end();
    }
}

impl Drop for ActiveSpan {
    #[cold]
    fn drop(&mut self) {
        self.end(CallOutcome::unfinished(), None);
    }
}
