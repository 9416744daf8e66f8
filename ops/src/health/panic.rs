//! Panics of checks, turned into failed checks.

use super::run::{End, Ran};
use super::{CheckFuture, Outcome};
use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

/// Calls foreign code; a panic becomes the failure that stands for it.
///
/// Nothing of ours is touched in the call, so nothing of ours can be left half changed.
pub(super) fn contain<T>(foreign: impl FnOnce() -> T) -> Result<T, Ran> {
    catch_unwind(AssertUnwindSafe(foreign)).map_err(|payload| Ran::new(End::Panicked, outcome(payload)))
}

/// Runs a check to its end, its destructor included; a panic becomes the failure that stands for it.
pub(super) async fn contain_future(future: CheckFuture) -> Ran {
    let mut future = Contained::new(future);
    poll_fn(|context| {
        let Some(future) = &mut future.0 else { return Poll::Pending };
        match contain(|| future.as_mut().poll(context)) {
            Ok(poll) => poll.map(Ran::from),
            Err(panicked) => Poll::Ready(panicked),
        }
    })
    .await
}

/// A foreign value whose destructor may panic: that goes no further than here.
pub(super) struct Contained<T>(Option<T>);

impl<T> Contained<T> {
    pub(super) fn new(value: T) -> Self {
        Contained(Some(value))
    }

    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> Drop for Contained<T> {
    fn drop(&mut self) {
        let value = self.0.take();
        let _ = contain(|| drop(value));
    }
}

/// The failure that a panic with `payload` is.
fn outcome(payload: Box<dyn Any + Send>) -> Outcome {
    let payload = match payload.downcast::<&'static str>() {
        Ok(message) => return Outcome::unhealthy(format_args!("panicked: {message}")),
        Err(payload) => payload,
    };
    match payload.downcast::<String>() {
        Ok(message) => Outcome::unhealthy(format_args!("panicked: {message}")),
        Err(payload) => {
            // Any other payload has a destructor that may panic again, even twice, which aborts: it is never run.
            std::mem::forget(payload);
            Outcome::unhealthy("panicked: with a value that is not text")
        }
    }
}
