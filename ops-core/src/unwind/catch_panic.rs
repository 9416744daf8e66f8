//! Catches panics of closures, futures and destructors.

use pin_project_lite::pin_project;
use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// The message of a caught panic.
///
/// Displays a placeholder if the payload was not a string.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::unwind::catch_panic;
///
/// let panicked = catch_panic(|| panic!("no route to {}", "db")).unwrap_err();
/// assert_eq!(panicked.to_string(), "no route to db");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanicMessage(Option<String>);

impl PanicMessage {
    /// Extracts the message from a panic payload; leaks a payload that is not a string.
    fn of(payload: Box<dyn Any + Send>) -> Self {
        let payload = match payload.downcast::<&'static str>() {
            Ok(message) => return PanicMessage(Some((*message).to_owned())),
            Err(payload) => payload,
        };
        match payload.downcast::<String>() {
            Ok(message) => PanicMessage(Some(*message)),
            Err(payload) => {
                // Its destructor is user code: a panic in it would escape, or abort the process during unwinding.
                std::mem::forget(payload);
                PanicMessage(None)
            }
        }
    }

    /// Returns the message, or `None` if the payload was not a string.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl fmt::Display for PanicMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str().unwrap_or("non-string panic payload"))
    }
}

/// Calls `function` and returns its value, or the panic message if it panics.
///
/// `function` is not required to be `UnwindSafe`; a panic in it must not leave state of the caller half updated. With
/// `panic = "abort"`, a panic still aborts the process.
///
/// # Errors
/// Returns the message of the panic.
pub fn catch_panic<T>(function: impl FnOnce() -> T) -> Result<T, PanicMessage> {
    catch_unwind(AssertUnwindSafe(function)).map_err(PanicMessage::of)
}

/// Awaits `future` and returns its output, or the panic message if it panics.
///
/// A panic in the destructor of the future is caught too, even if the future is dropped before it completes.
///
/// # Errors
/// Returns the message of the panic.
pub fn catch_panic_async<F: Future>(future: F) -> impl Future<Output = Result<F::Output, PanicMessage>> {
    Catching { future: Some(future) }
}

pin_project! {
    struct Catching<F> {
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Catching<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut future = this.project().future;
            // The panic hook has already printed the message.
            let _ = catch_panic(|| future.set(None));
        }
    }
}

impl<F: Future> Future for Catching<F> {
    type Output = Result<F::Output, PanicMessage>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = self.project().future.as_pin_mut() else { return Poll::Pending };
        match catch_panic(|| future.poll(context)) {
            Ok(poll) => poll.map(Ok),
            Err(panicked) => Poll::Ready(Err(panicked)),
        }
    }
}

/// A guard for a user value, which catches a panic in its destructor.
#[derive(Debug)]
pub(crate) struct Guarded<T>(Option<T>);

impl<T> Guarded<T> {
    /// Creates a guard for `value`.
    pub(crate) const fn new(value: T) -> Self {
        Guarded(Some(value))
    }

    /// Returns the value, or `None` while it is being dropped.
    pub(crate) const fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        let value = self.0.take();
        // The panic hook has already printed the message.
        let _ = catch_panic(|| drop(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    #[tokio::test]
    async fn panics_are_returned_as_messages() {
        assert_eq!(catch_panic_async(async { 1 }).await, Ok(1));
        for (panicked, message) in [
            (catch_panic_async(async { panic!("text") }).await, "text"),
            (catch_panic_async(async { panic!("{}", 1) }).await, "1"),
            (catch_panic(|| panic!("text")), "text"),
        ] {
            assert_eq!(panicked.map(|(): ()| ()).unwrap_err().as_str(), Some(message));
        }
    }

    #[test]
    fn non_string_payloads_are_leaked() {
        let panicked = catch_panic(|| std::panic::panic_any(Bomb)).unwrap_err();
        assert_eq!((panicked.as_str(), panicked.to_string().as_str()), (None, "non-string panic payload"));
    }

    #[tokio::test]
    async fn destructor_panics_are_caught() {
        drop(Guarded::new(Bomb));
        let mut held = Some(Bomb);
        let future = std::future::poll_fn(move |_| {
            let _held = &mut held;
            Poll::Ready(7)
        });
        assert_eq!(catch_panic_async(future).await, Ok(7));
    }
}
