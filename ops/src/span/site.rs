//! A place in the source where a span starts.

use super::current::Scope;
use super::installed;
use super::observer::Span;
use crate::descriptor::{Kind, Location};
use crate::metric::{Attr, CallOutcome, Histogram, Instrument, Part, Reader, Value};
use std::fmt;
use std::time::Instant;

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
        ActiveSpan {
            site: self,
            span: installed::start_span(self.name, fields),
            started: Instant::now(),
            finished: false,
        }
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
    started: Instant,
    finished: bool,
}

impl ActiveSpan {
    /// Makes it the current span of this thread, until what this gives is dropped.
    #[inline]
    pub fn scope(&self) -> Scope<'_> {
        Scope::enter(&self.span)
    }

    /// Ends it.
    #[inline]
    pub fn finish(mut self, outcome: CallOutcome, error: Option<&dyn fmt::Display>) {
        self.finished = true;
        if self.span.is_recorded() {
            self.record(outcome, error);
        }
    }

    #[cold]
    fn record(&mut self, outcome: CallOutcome, error: Option<&dyn fmt::Display>) {
        match (outcome, error) {
            (CallOutcome::Ok, _) => {}
            (_, Some(error)) => self.span.set_error(error),
            (outcome, None) => self.span.set_error(&outcome.as_str()),
        }
    }
}

impl Drop for ActiveSpan {
    #[inline]
    fn drop(&mut self) {
        self.site.durations.observe_duration(self.started.elapsed());
        if self.span.is_recorded() {
            if !self.finished {
                self.record(CallOutcome::unfinished(), None);
            }
            std::mem::take(&mut self.span).end();
        }
    }
}
