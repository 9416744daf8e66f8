//! Runs the body of an annotated function.

use crate::span::ActiveSpan;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Calls `body`: a closure that is an argument may give back what its captures borrow.
#[inline(always)]
pub fn call<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// A value for a `return` that is never reached, of a type that an `async` block returns: the block then knows the type
/// before its first statement.
///
/// # Panics
/// Always.
#[cold]
pub fn unreached<T>() -> T {
    unreachable!("it stands where nothing runs")
}

/// `!`, which has no name yet.
pub type Never = <fn() -> ! as Returning>::Returned;

/// A function, by what it returns.
pub trait Returning {
    /// What it returns.
    type Returned;
}

impl<R> Returning for fn() -> R {
    type Returned = R;
}

/// `future`, which does not end: an `async` block alone would pass for one that ends with `()`.
#[inline(always)]
pub fn never<F: Future<Output = Never>>(future: F) -> F {
    future
}

pin_project! {
    /// A future, each poll of which is in a span.
    pub struct InSpan<'a, F> {
        span: &'a mut ActiveSpan,
        #[pin]
        body: F,
    }
}

impl<'a, F: Future> InSpan<'a, F> {
    /// Polls `body` in `span`.
    #[inline]
    pub fn new(span: &'a mut ActiveSpan, body: F) -> Self {
        InSpan { span, body }
    }
}

impl<F: Future> Future for InSpan<'_, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _scope = this.span.scope();
        this.body.poll(context)
    }
}

impl<F> fmt::Debug for InSpan<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InSpan").field("span", &self.span).finish_non_exhaustive()
    }
}
