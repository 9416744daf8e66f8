//! The scope in which a span is the current one of its thread.

use super::span::Span;

/// A span that can be the current one of the thread that its work runs on.
#[derive(Debug, Default)]
pub(super) struct Scope {
    span: Span,
    /// The span that was current before, while this one is.
    before: Option<Span>,
}

impl Scope {
    /// The scope of `span`, which is not the current one yet.
    pub(super) const fn new(span: Span) -> Self {
        Scope { span, before: None }
    }

    #[inline]
    pub(super) fn is_recorded(&self) -> bool {
        self.span.is_recorded()
    }

    /// Makes the span the current one of this thread, if it is recorded and is not the current one already.
    #[inline]
    pub(super) fn enter(&mut self) {
        if self.span.is_recorded() && self.before.is_none() {
            self.begin();
        }
    }

    /// Makes that span the current one again which was before.
    #[inline]
    pub(super) fn exit(&mut self) {
        if let Some(before) = self.before.take() {
            self.leave_to(before);
        }
    }

    #[cold]
    fn begin(&mut self) {
        self.before = Some(Span::replace_current(self.span.clone()));
        self.span.enter();
    }

    #[cold]
    fn leave_to(&self, before: Span) {
        self.span.exit();
        drop(Span::replace_current(before));
    }

    /// The span, which is no longer the current one.
    pub(super) fn into_span(mut self) -> Span {
        self.exit();
        self.span
    }
}
