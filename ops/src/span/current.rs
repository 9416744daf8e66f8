//! The span of the work that this thread does now.

use super::observer::Span;
use std::cell::RefCell;
use std::marker::PhantomData;

thread_local! {
    static CURRENT: RefCell<Span> = const { RefCell::new(Span::none()) };
}

impl Span {
    /// The span of the annotated function that runs now, or one that nobody records.
    ///
    /// ```
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

/// Makes a span the current one of this thread until it is dropped.
#[must_use = "the span is current only while this is alive"]
#[derive(Debug)]
pub struct Scope<'a> {
    /// The span, and the one that was current before; nothing where nobody records the span.
    entered: Option<(&'a Span, Span)>,
    /// A scope belongs to the thread that it was made on.
    thread: PhantomData<*const ()>,
}

impl<'a> Scope<'a> {
    #[inline]
    pub(super) fn enter(span: &'a Span) -> Self {
        let entered = span.is_recorded().then(|| (span, replace_current(span.clone())));
        if entered.is_some() {
            span.enter();
        }
        Scope { entered, thread: PhantomData }
    }
}

impl Drop for Scope<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some((span, before)) = self.entered.take() {
            span.exit();
            drop(replace_current(before));
        }
    }
}

fn replace_current(span: Span) -> Span {
    CURRENT.try_with(|current| current.replace(span)).unwrap_or_default()
}
