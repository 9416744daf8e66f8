//! Span sites: the name, source location and duration histogram of an annotated function's spans.

use super::installed;
use super::scope::Scope;
use super::span::Span;
use crate::clock::Stopwatch;
use crate::descriptor::{Here, Location, MetricKind};
use crate::metric::{Attr, Buckets, Call, CallOutcome, Durations, Instrument, Part, Reader, Value};
use std::{fmt, panic};

/// A source location where spans start; `#[instrument_span]` declares one as a static.
///
/// It records the durations of its spans in a histogram, so that they are served even without an observer.
#[derive(Debug)]
pub struct SpanSite {
    name: &'static str,
    durations: Durations,
}

impl SpanSite {
    /// Creates the site of the span `name` at `location`.
    pub const fn new(name: &'static str, location: Location) -> Self {
        SpanSite { name, durations: Durations::new(location) }
    }

    /// Returns the name of the span.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the source location.
    pub const fn location(&self) -> Location {
        self.durations.location()
    }

    /// Starts a span without fields and makes it the current one of this thread.
    ///
    /// The span starts at the start of `call` if there is one, else now.
    // Not inlined, like the end of a span, so that an annotated function grows by two calls only.
    pub fn enter(&'static self, call: Option<&Call>) -> ActiveSpan {
        self.enter_with(call, Vec::new)
    }

    /// Starts a span and makes it the current one; `fields` is called only if an observer is installed.
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

/// Span constructor for macro expansions; defined here because `descriptor` does not depend on spans.
impl Here {
    /// Returns the site of the span `name` at the caller's location, in `module` of `package`.
    #[track_caller]
    pub const fn span(self, name: &'static str, module: &'static str, package: &'static str) -> SpanSite {
        let caller = panic::Location::caller();
        let location = Location { file: caller.file(), line: caller.line(), module, package };
        SpanSite::new(name, location)
    }
}

impl Instrument for SpanSite {
    fn parts(&self) -> Vec<Part> {
        vec![Part {
            suffix: "_duration",
            kind: MetricKind::Histogram,
            unit: Some("seconds"),
            help: Some(format!("Duration of the span `{}`.", self.name)),
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

/// A started span.
///
/// If it is dropped without a call of [`finish`](ActiveSpan::finish), its work panicked or was canceled.
///
/// It is the current span of its thread except between [`exit`](ActiveSpan::exit) and [`enter`](ActiveSpan::enter): while a
/// future is pending, its thread runs other work, and the future may resume on another thread.
#[must_use = "a dropped span is recorded as canceled"]
#[derive(Debug)]
pub struct ActiveSpan {
    site: &'static SpanSite,
    scope: Scope,
    started: Stopwatch,
}

impl ActiveSpan {
    /// Makes this the current span of the thread, unless it already is.
    #[inline]
    pub fn enter(&mut self) {
        self.scope.enter();
    }

    /// Restores the previous span of the thread if this one is current.
    #[inline]
    pub fn exit(&mut self) {
        self.scope.exit();
    }

    /// Ends the span.
    pub fn finish(self, outcome: CallOutcome, error: Option<&dyn fmt::Display>) {
        let seconds = self.started.elapsed_seconds();
        self.finish_after(seconds, outcome, error);
    }

    /// Ends the span with a duration of `seconds`.
    #[inline]
    pub fn finish_after(mut self, seconds: f64, outcome: CallOutcome, error: Option<&dyn fmt::Display>) {
        self.end(seconds, outcome, error);
        // Skip `drop`, which would end the span again. Nothing leaks: `end` has taken the observer's span.
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
