//! Panics of handlers, turned into values.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// The output of `future`, or the message of the panic that ended it.
pub(crate) async fn caught<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let mut future = pin!(future);
    // Unwind safe: after a panic the future is never polled again.
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Ok),
        Err(payload) => Poll::Ready(Err(message(payload))),
    })
    .await
}

/// The message of a panic.
pub(super) fn message(payload: Box<dyn Any + Send>) -> String {
    let message = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "no message".to_owned(),
    };
    // Dropping a payload may panic again, and then there is nobody left to catch it.
    std::mem::forget(payload);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_its_message() {
        assert_eq!(caught(async { 1 }).await, Ok(1));
        assert_eq!(caught(async { panic!("text") }).await, Err::<(), _>("text".to_owned()));
        assert_eq!(caught(async { panic!("{}", 1) }).await, Err::<(), _>("1".to_owned()));
    }

    #[tokio::test]
    async fn a_payload_that_panics_when_dropped_is_only_a_panic() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("dropped");
            }
        }
        let result = caught(async { std::panic::panic_any(Bomb) }).await;
        assert_eq!(result, Err::<(), _>("no message".to_owned()));
    }
}
