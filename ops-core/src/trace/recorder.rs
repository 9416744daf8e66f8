//! Recorders: what an observer keeps of one span.

use crate::metric::Attr;
use std::fmt;

/// Records one span for an [`Observer`](crate::Observer).
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
