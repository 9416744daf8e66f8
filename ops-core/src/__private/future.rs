//! Measures functions that return a future without being `async`, until the future completes.

use super::measured::Measured;
use super::returned::Seen;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Calls `body`, which returns the future to measure.
#[inline(always)]
pub fn future<T, F: Future<Output = T>>(body: impl FnOnce() -> F) -> F {
    body()
}

pin_project! {
    /// A future whose call is measured until it completes.
    ///
    /// The type does not mention the output of the future, so that a bound on the future, such as `'static`, does not require
    /// the same bound on the output, as it would with `Pin<Box<dyn Future<Output = T>>>`.
    pub struct MeasuredFuture<F, I> {
        #[pin]
        future: F,
        // Declared after `future`, so that destructors of the future still run within the measured call.
        running: Option<(Measured, I)>,
    }
}

impl<F, I> MeasuredFuture<F, I> {
    /// Measures `future` and determines the outcome with `inspect`. Exits the span until the first poll.
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
        // A panic drops `measured`, which records the panic.
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
