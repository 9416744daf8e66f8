//! Runs the body of an annotated function.

use crate::trace::ActiveSpan;
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

/// `future`, to be awaited with each poll in `span`.
///
/// Whether it can be awaited is asked by the `.await`, and so said once, where it stands.
#[inline]
pub const fn in_span<F>(future: F, span: &mut ActiveSpan) -> AwaitedInSpan<'_, F> {
    AwaitedInSpan { span, future }
}

/// What is to be awaited in a span.
#[derive(Debug)]
pub struct AwaitedInSpan<'a, F> {
    span: &'a mut ActiveSpan,
    future: F,
}

impl<'a, F: IntoFuture> IntoFuture for AwaitedInSpan<'a, F> {
    type Output = F::Output;
    type IntoFuture = InSpan<'a, F::IntoFuture>;

    #[inline]
    fn into_future(self) -> InSpan<'a, F::IntoFuture> {
        InSpan { span: self.span, future: self.future.into_future() }
    }
}

pin_project! {
    /// A future, each poll of which is in a span; what awaits it goes on in the span.
    pub struct InSpan<'a, F> {
        span: &'a mut ActiveSpan,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for InSpan<'_, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.span.enter();
        let polled = this.future.poll(context);
        // A panic ends the span, and so leaves it.
        if polled.is_pending() {
            this.span.exit();
        }
        polled
    }
}

impl<F> fmt::Debug for InSpan<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InSpan").field("span", &self.span).finish_non_exhaustive()
    }
}
