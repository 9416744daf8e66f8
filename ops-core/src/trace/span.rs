//! Spans, and the current span of a thread.

use super::recorder::SpanRecorder;
use crate::metric::Attr;
use crate::unwind::IgnorePoison;
use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, Mutex};

thread_local! {
    static CURRENT: RefCell<Span> = const { RefCell::new(Span::none()) };
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
    /// The span of the annotated function that runs now, or one that nobody records.
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

    /// Makes `span` the current one of this thread, and returns the one that was.
    pub(super) fn replace_current(span: Span) -> Span {
        CURRENT.try_with(|current| current.replace(span)).unwrap_or_default()
    }

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
        let Some(recording) = &self.recording else { return };
        if let Some(recorder) = recording.0.lock().ignore_poison().as_mut() {
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
