//! Who wants to know of measurements and spans.

use crate::metric::Attr;
use crate::unwind::IgnorePoison;
use std::fmt;
use std::sync::{Arc, Mutex};

/// Takes measurements and spans: a registry, a tracing backend, a test.
///
/// Every method has a default that does nothing, so that an observer takes what it cares for. They are called on the
/// thread that measures: be quick, and never panic.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::{Metrics, Observer, attr};
///
/// let metrics = Metrics::new();
/// let observer: &dyn Observer = &metrics;
/// observer.counter("orders_total").add(1, &[attr("channel", "web")]);
/// assert!(metrics.to_text().contains("orders_total{channel=\"web\"} 1"));
/// ```
pub trait Observer: Send + Sync {
    /// Adds `by` to the counter `name`.
    fn add_to_counter(&self, name: &str, by: u64, attrs: &[Attr]) {
        let _ = (name, by, attrs);
    }

    /// Sets the gauge `name`.
    fn set_gauge(&self, name: &str, value: f64, attrs: &[Attr]) {
        let _ = (name, value, attrs);
    }

    /// Adds `by`, which may be negative, to the gauge `name`.
    fn add_to_gauge(&self, name: &str, by: f64, attrs: &[Attr]) {
        let _ = (name, by, attrs);
    }

    /// Counts `value` in the distribution `name`.
    fn observe(&self, name: &str, value: f64, attrs: &[Attr]) {
        let _ = (name, value, attrs);
    }

    /// Starts the span `name`.
    fn start_span(&self, name: &str, attrs: &[Attr]) -> Span {
        let _ = (name, attrs);
        Span::none()
    }
}

impl dyn Observer + '_ {
    /// The counter `name`.
    pub fn counter<'a>(&'a self, name: &'a str) -> ObservedCounter<'a> {
        ObservedCounter { observer: self, name }
    }

    /// The gauge `name`.
    pub fn gauge<'a>(&'a self, name: &'a str) -> ObservedGauge<'a> {
        ObservedGauge { observer: self, name }
    }

    /// The distribution `name`.
    pub fn histogram<'a>(&'a self, name: &'a str) -> ObservedHistogram<'a> {
        ObservedHistogram { observer: self, name }
    }
}

/// A counter of an [`Observer`].
#[derive(Clone, Copy)]
pub struct ObservedCounter<'a> {
    observer: &'a dyn Observer,
    name: &'a str,
}

impl ObservedCounter<'_> {
    /// Adds `by` to the series with these labels.
    pub fn add(&self, by: u64, attrs: &[Attr]) {
        self.observer.add_to_counter(self.name, by, attrs);
    }
}

/// A gauge of an [`Observer`].
#[derive(Clone, Copy)]
pub struct ObservedGauge<'a> {
    observer: &'a dyn Observer,
    name: &'a str,
}

impl ObservedGauge<'_> {
    /// Sets the series with these labels.
    pub fn set(&self, value: f64, attrs: &[Attr]) {
        self.observer.set_gauge(self.name, value, attrs);
    }

    /// Adds `by`, which may be negative, to the series with these labels.
    pub fn add(&self, by: f64, attrs: &[Attr]) {
        self.observer.add_to_gauge(self.name, by, attrs);
    }
}

/// A distribution of an [`Observer`].
#[derive(Clone, Copy)]
pub struct ObservedHistogram<'a> {
    observer: &'a dyn Observer,
    name: &'a str,
}

impl ObservedHistogram<'_> {
    /// Counts `value` in the series with these labels.
    pub fn observe(&self, value: f64, attrs: &[Attr]) {
        self.observer.observe(self.name, value, attrs);
    }
}

macro_rules! debug_by_name {
    ($($type:ident)*) => {$(
        impl fmt::Debug for $type<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($type)).field(&self.name).finish()
            }
        }
    )*};
}

debug_by_name!(ObservedCounter ObservedGauge ObservedHistogram);

/// Takes nothing.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct NoopObserver;

impl Observer for NoopObserver {}

/// What an [`Observer`] keeps of one span.
pub trait SpanRecorder: Send {
    /// Adds an attribute.
    fn set_attr(&mut self, attr: Attr);

    /// Says that the work failed, and why.
    fn set_error(&mut self, error: &dyn fmt::Display);

    /// The work goes on, on this thread. Never called twice without [`exit`](SpanRecorder::exit) between.
    fn enter(&mut self) {}

    /// The work pauses, or ends, on this thread.
    fn exit(&mut self) {}

    /// The work has ended.
    fn end(self: Box<Self>);
}

/// A span that was started; it ends with [`end`](Span::end) or when its last handle is dropped.
///
/// A handle to nothing where no observer cares: every method is then free.
#[derive(Clone, Default)]
pub struct Span {
    recording: Option<Arc<Recording>>,
}

struct Recording(Mutex<Option<Box<dyn SpanRecorder>>>);

impl Span {
    /// A span that nobody records.
    pub const fn none() -> Self {
        Span { recording: None }
    }

    /// A span that `recorder` records.
    pub fn new(recorder: Box<dyn SpanRecorder>) -> Self {
        Span { recording: Some(Arc::new(Recording(Mutex::new(Some(recorder))))) }
    }

    /// Whether anyone records it.
    pub fn is_recorded(&self) -> bool {
        self.recording.is_some()
    }

    /// Adds an attribute.
    pub fn set_attr(&mut self, attr: Attr) {
        self.record(|recorder| recorder.set_attr(attr));
    }

    /// Says that the work failed, and why.
    pub fn set_error(&mut self, error: &dyn fmt::Display) {
        self.record(|recorder| recorder.set_error(error));
    }

    /// Ends it; other handles to it then do nothing.
    pub fn end(self) {
        if let Some(recording) = &self.recording {
            recording.end();
        }
    }

    pub(super) fn enter(&self) {
        self.record(|recorder| recorder.enter());
    }

    pub(super) fn exit(&self) {
        self.record(|recorder| recorder.exit());
    }

    fn record(&self, record: impl FnOnce(&mut dyn SpanRecorder)) {
        if let Some(recording) = &self.recording
            && let Some(recorder) = recording.0.lock().ignore_poison().as_mut()
        {
            record(recorder.as_mut());
        }
    }
}

impl Recording {
    fn end(&self) {
        // Taken out first: the recorder runs without the lock.
        let recorder = self.0.lock().ignore_poison().take();
        if let Some(recorder) = recorder {
            recorder.end();
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Span").field("recorded", &self.is_recorded()).finish()
    }
}
