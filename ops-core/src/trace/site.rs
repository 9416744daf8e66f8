//! A place in the source where a span starts.

use super::installed;
use super::scope::Scope;
use super::span::Span;
use crate::clock::Stopwatch;
use crate::descriptor::{Here, Location, MetricKind};
use crate::metric::{Attr, Buckets, Call, CallOutcome, Durations, Instrument, Part, Reader, Value};
use std::{fmt, panic};

/// A place in the source where a span starts; the attribute `#[instrument_span]` makes one.
///
/// It counts the durations of its spans by itself, so that they are served with no observer at all.
#[derive(Debug)]
pub struct SpanSite {
    name: &'static str,
    durations: Durations,
}

impl SpanSite {
    /// The span `name`, started at `location`.
    pub const fn new(name: &'static str, location: Location) -> Self {
        SpanSite { name, durations: Durations::new(location) }
    }

    /// What the span is called.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Where it stands in the source.
    pub const fn location(&self) -> Location {
        self.durations.location()
    }

    /// Starts a span without fields, at the moment at which `call` started if it is there, and makes it the current one.
    // Not inlined, nor is what ends a span: an annotated function grows by two calls.
    pub fn enter(&'static self, call: Option<&Call>) -> ActiveSpan {
        self.enter_with(call, Vec::new)
    }

    /// Starts a span, and makes it the current one; `fields` are made only if an observer is installed.
    #[inline]
    pub fn enter_with(&'static self, call: Option<&Call>, fields: impl FnOnce() -> Vec<Attr>) -> ActiveSpan {
        self.started(call, installed::start_span(self.name, fields))
    }

    fn started(&'static self, call: Option<&Call>, span: Span) -> ActiveSpan {
        let started = call.map_or_else(Stopwatch::start, Call::started);
        let mut span = ActiveSpan { site: self, scope: Scope::new(span), started };
        span.enter();
        span
    }
}

/// Here, as the descriptors know no spans: a constructor that expansions call.
impl Here {
    /// The span `name` that starts here, in `module` of `package`.
    #[track_caller]
    pub const fn span(self, name: &'static str, module: &'static str, package: &'static str) -> SpanSite {
        let place = panic::Location::caller();
        let location = Location { file: place.file(), line: place.line(), module, package };
        SpanSite::new(name, location)
    }
}

impl Instrument for SpanSite {
    fn parts(&self) -> Vec<Part> {
        vec![Part {
            suffix: "_duration",
            kind: MetricKind::Histogram,
            unit: Some("seconds"),
            help: Some(format!("How long the span `{}` took.", self.name)),
            labels: Vec::new(),
        }]
    }

    fn overflowed(&self) -> u64 {
        0
    }

    fn has_unique_series(&self) -> bool {
        true
    }

    fn set_default_duration_buckets(&self, buckets: Buckets) {
        self.durations.set_default_buckets(buckets);
    }

    fn collect(&self, _part: usize, reader: &Reader, series: &mut dyn FnMut(&str, Value<'_>)) {
        self.durations.collect(reader, series);
    }
}

/// A span that is open; dropped without [`finish`](ActiveSpan::finish) its work panicked or was cancelled.
///
/// It is the current span of its thread from its start to its end, but between [`exit`](ActiveSpan::exit) and
/// [`enter`](ActiveSpan::enter): while a future waits, other work has the thread, and another thread may go on with it.
#[must_use = "a span that is dropped counts as cancelled"]
#[derive(Debug)]
pub struct ActiveSpan {
    site: &'static SpanSite,
    scope: Scope,
    started: Stopwatch,
}

impl ActiveSpan {
    /// Makes it the current span of this thread, if it is not.
    #[inline]
    pub fn enter(&mut self) {
        self.scope.enter();
    }

    /// Makes the span before it the current one of this thread, if it is that itself.
    #[inline]
    pub fn exit(&mut self) {
        self.scope.exit();
    }

    /// Ends it.
    pub fn finish(self, outcome: CallOutcome, error: Option<&dyn fmt::Display>) {
        let seconds = self.started.elapsed_seconds();
        self.finish_after(seconds, outcome, error);
    }

    /// Ends it, `seconds` after it started.
    #[inline]
    pub fn finish_after(mut self, seconds: f64, outcome: CallOutcome, error: Option<&dyn fmt::Display>) {
        self.end(seconds, outcome, error);
        // It has ended, and its handle to an observer's span is gone.
        std::mem::forget(self);
    }

    fn end(&mut self, seconds: f64, outcome: CallOutcome, error: Option<&dyn fmt::Display>) {
        self.site.durations.observe(seconds);
        if self.scope.is_recorded() {
            self.end_recorded(outcome, error);
        }
    }

    #[cold]
    fn end_recorded(&mut self, outcome: CallOutcome, error: Option<&dyn fmt::Display>) {
        let mut span = std::mem::take(&mut self.scope).into_span();
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
        self.end(self.started.elapsed_seconds(), CallOutcome::unfinished(), None);
    }
}
