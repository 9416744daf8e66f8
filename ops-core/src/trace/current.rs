//! The span of the work that this thread does now.

use super::observer::Span;
use std::cell::RefCell;

thread_local! {
    static CURRENT: RefCell<Span> = const { RefCell::new(Span::none()) };
}

/// The current span, which is a thread-local of this file.
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
}

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
        self.before = Some(replace_current(self.span.clone()));
        self.span.enter();
    }

    #[cold]
    fn leave_to(&self, before: Span) {
        self.span.exit();
        drop(replace_current(before));
    }

    /// The span, which is no longer the current one.
    pub(super) fn into_span(mut self) -> Span {
        self.exit();
        self.span
    }
}

fn replace_current(span: Span) -> Span {
    CURRENT.try_with(|current| current.replace(span)).unwrap_or_default()
}
