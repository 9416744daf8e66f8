//! Futures that a function returns, rather than being `async`: measured until they complete.

use super::measured::Measured;
use super::returned::Seen;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Calls `body`, which makes the future that is measured.
#[inline(always)]
pub fn future<T, F: Future<Output = T>>(body: impl FnOnce() -> F) -> F {
    body()
}

pin_project! {
    /// A future that is measured until it completes.
    ///
    /// It does not mention the output: what is a bound on the future alone needs no further bound on its output, as
    /// `Pin<Box<dyn Future<Output = T>>>`, which has to outlive `'static`, would.
    pub struct MeasuredFuture<F, I> {
        #[pin]
        future: F,
        // After the future: what is dropped with it belongs to the call.
        running: Option<(Measured, I)>,
    }
}

impl<F, I> MeasuredFuture<F, I> {
    /// Measures `future`, and looks at its output with `inspect`. Leaves the span until the future is polled.
    pub(super) fn new(future: F, measured: Option<Measured>, inspect: I) -> Self {
        let running = measured.map(|mut measured| {
            measured.exit();
            (measured, inspect)
        });
        MeasuredFuture { future, running }
    }
}

impl<F: Future, I: FnOnce(&F::Output) -> Seen<'_>> Future for MeasuredFuture<F, I> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some((mut measured, inspect)) = this.running.take() else { return this.future.poll(context) };
        measured.enter();
        // A panic drops `measured`, which records it.
        let polled = this.future.poll(context);
        match &polled {
            Poll::Ready(output) => measured.finish(inspect(output)),
            Poll::Pending => {
                measured.exit();
                *this.running = Some((measured, inspect));
            }
        }
        polled
    }
}

impl<F, I> fmt::Debug for MeasuredFuture<F, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeasuredFuture").finish_non_exhaustive()
    }
}
