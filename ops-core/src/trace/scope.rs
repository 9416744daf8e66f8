//! Maintains the current span of a thread as spans are entered and exited.

use super::span::Span;

/// A span that can be entered and exited on a thread.
#[derive(Debug, Default)]
pub(super) struct Scope {
    span: Span,
    /// The previous current span of the thread; `Some` while this span is the current one.
    before: Option<Span>,
}

impl Scope {
    /// Creates a scope of `span`, without entering it.
    pub(super) const fn new(span: Span) -> Self {
        Scope { span, before: None }
    }

    #[inline]
    pub(super) fn is_recorded(&self) -> bool {
        self.span.is_recorded()
    }

    /// Makes the span the current one of this thread if it is recorded and not entered already.
    #[inline]
    pub(super) fn enter(&mut self) {
        if self.span.is_recorded() && self.before.is_none() {
            self.enter_cold();
        }
    }

    /// Restores the previous current span if this one is entered.
    #[inline]
    pub(super) fn exit(&mut self) {
        if let Some(before) = self.before.take() {
            self.exit_cold(before);
        }
    }

    #[cold]
    fn enter_cold(&mut self) {
        self.before = Some(Span::replace_current(self.span.clone()));
        self.span.enter();
    }

    #[cold]
    fn exit_cold(&self, before: Span) {
        self.span.exit();
        drop(Span::replace_current(before));
    }

    /// Exits the span and returns it.
    pub(super) fn into_span(mut self) -> Span {
        self.exit();
        self.span
    }
}
