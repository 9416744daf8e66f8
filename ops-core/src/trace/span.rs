//! Span handles and the current span of a thread.

use super::recorder::SpanRecorder;
use crate::metric::Attr;
use crate::unwind::IgnorePoison;
use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, Mutex};

thread_local! {
    static CURRENT: RefCell<Span> = const { RefCell::new(Span::none()) };
}

/// A handle to a started span.
///
/// The span ends when [`end`](Span::end) is called or the last handle is dropped.
///
/// If no observer records the span, the handle is disabled: its methods do nothing.
#[derive(Clone, Default)]
pub struct Span {
    recording: Option<Arc<Recording>>,
}

struct Recording(Mutex<Option<Box<dyn SpanRecorder>>>);

impl Span {
    /// Returns the innermost recorded span of this thread, or a disabled one.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// #[ops::instrument_span("order.price")]
    /// fn price(amount: u64) -> u64 {
    ///     ops::Span::current().set_attr(ops::attr("amount", amount));
    ///     amount * 2
    /// }
    /// assert_eq!(price(21), 42);
    /// ```
    pub fn current() -> Span {
        CURRENT.try_with(|current| current.borrow().clone()).unwrap_or_default()
    }

    /// Makes `span` the current span of this thread and returns the previous one.
    pub(super) fn replace_current(span: Span) -> Span {
        CURRENT.try_with(|current| current.replace(span)).unwrap_or_default()
    }

    /// Returns a disabled span, whose methods do nothing.
    pub const fn none() -> Self {
        Span { recording: None }
    }

    /// Creates a span that is recorded by `recorder`.
    pub fn new(recorder: Box<dyn SpanRecorder>) -> Self {
        Span { recording: Some(Arc::new(Recording(Mutex::new(Some(recorder))))) }
    }

    /// Returns `true` if an observer records the span.
    pub fn is_recorded(&self) -> bool {
        self.recording.is_some()
    }

    /// Adds an attribute.
    pub fn set_attr(&mut self, attr: Attr) {
        self.record(|recorder| recorder.set_attr(attr));
    }

    /// Marks the span as failed with `error`.
    pub fn set_error(&mut self, error: &dyn fmt::Display) {
        self.record(|recorder| recorder.set_error(error));
    }

    /// Ends the span; its other handles do nothing from then on.
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
        let Some(recording) = &self.recording else { return };
        if let Some(recorder) = recording.0.lock().ignore_poison().as_mut() {
            record(recorder.as_mut());
        }
    }
}

impl Recording {
    fn end(&self) {
        // Take the recorder out of the lock first, because `end` is user code.
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
