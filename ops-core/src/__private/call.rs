//! Helpers that run the body of an annotated function.

use crate::trace::ActiveSpan;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Calls `body`.
///
/// Unlike a closure that is called in place, a closure in argument position may return borrows of its captures.
#[inline(always)]
pub fn call<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Stands in for a value of type `T` in dead code.
///
/// An unreachable `return unreached::<T>()` at the start of an `async` block fixes the output type of the block.
///
/// # Panics
/// Always panics.
#[cold]
pub fn unreached<T>() -> T {
    unreachable!("only called in unreachable code, for type inference")
}

/// The never type `!`, which cannot be named on stable Rust.
pub type Never = <fn() -> ! as Returning>::Returned;

/// Maps a function pointer type to its return type.
pub trait Returning {
    /// The return type.
    type Returned;
}

impl<R> Returning for fn() -> R {
    type Returned = R;
}

/// Returns `future`, which never completes.
///
/// Without this bound, an `async` block that never completes would be inferred to return `()`.
#[inline(always)]
pub fn never<F: Future<Output = Never>>(future: F) -> F {
    future
}

/// Wraps `future` so that it is polled inside `span` when awaited.
///
/// `F` has no bound, so that a type that is not a future is reported once, at the `.await`.
#[inline]
pub const fn in_span<F>(future: F, span: &mut ActiveSpan) -> AwaitedInSpan<'_, F> {
    AwaitedInSpan { span, future }
}

/// A future to await inside a span.
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
    /// A future that is polled inside a span. The span stays entered when the future completes.
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
        // A panic drops the span, which also exits it.
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
