//! The interface through which an observer records one span.

use crate::metric::Attr;
use std::fmt;

/// Records one span for an [`Observer`](crate::Observer).
pub trait SpanRecorder: Send {
    /// Adds an attribute.
    fn set_attr(&mut self, attr: Attr);

    /// Marks the span as failed with `error`.
    fn set_error(&mut self, error: &dyn fmt::Display);

    /// Called when the work starts or resumes on this thread.
    ///
    /// Calls of `enter` and [`exit`](SpanRecorder::exit) alternate.
    fn enter(&mut self) {}

    /// Called when the work pauses or ends on this thread.
    fn exit(&mut self) {}

    /// Called when the span ends.
    fn end(self: Box<Self>);
}
