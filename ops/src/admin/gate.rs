//! Work that blocks a thread, so many at a time.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Lets a bounded number of closures run on blocking threads, and a bounded number wait for that.
///
/// A closure keeps its place until it returns, even if nobody waits for it any more: work that hangs uses up its own
/// gate and nothing else.
#[derive(Debug)]
pub(super) struct Gate {
    running: Arc<Semaphore>,
    /// Running and waiting.
    entered: Arc<Semaphore>,
}

/// Why a gate gives no result.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum GateError {
    /// As many as may are waiting.
    Full,
    /// The closure panicked, with this message.
    Panicked(String),
}

impl Gate {
    pub(super) fn new(running: usize, waiting: usize) -> Gate {
        let running = running.clamp(1, Semaphore::MAX_PERMITS);
        let entered = running.saturating_add(waiting).min(Semaphore::MAX_PERMITS);
        Gate { running: Arc::new(Semaphore::new(running)), entered: Arc::new(Semaphore::new(entered)) }
    }

    /// Runs `work` on a blocking thread of the present runtime, once there is a place for it.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, GateError> {
        let places = self.enter().await?;
        let work = tokio::task::spawn_blocking(move || {
            let _places = places;
            work()
        });
        work.await.map_err(|error| match error.try_into_panic() {
            Ok(payload) => GateError::Panicked(super::caught::message(payload)),
            Err(_cancelled) => GateError::Full,
        })
    }

    async fn enter(&self) -> Result<[OwnedSemaphorePermit; 2], GateError> {
        let entered = self.entered.clone().try_acquire_owned().map_err(|_full| GateError::Full)?;
        let running = self.running.clone().acquire_owned().await.map_err(|_closed| GateError::Full)?;
        Ok([entered, running])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn so_many_run_so_many_wait_and_the_next_is_told() {
        let gate = Arc::new(Gate::new(1, 1));
        let (started, running) = tokio::sync::oneshot::channel();
        let (release, released) = mpsc::channel::<()>();
        let first = tokio::spawn({
            let gate = gate.clone();
            async move {
                gate.run(move || {
                    let _ = started.send(());
                    let _ = released.recv();
                    1
                })
                .await
            }
        });
        running.await.unwrap();
        let mut second = Box::pin(gate.run(|| 2));
        assert!(futures_poll_once(second.as_mut()).await, "it waits");
        assert_eq!(gate.run(|| 3).await, Err(GateError::Full));
        release.send(()).unwrap();
        assert_eq!((first.await.unwrap(), second.await), (Ok(1), Ok(2)));
        assert_eq!(gate.run(|| 4).await, Ok(4), "the places are free again");
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_frees_the_place() {
        let gate = Gate::new(1, 0);
        assert_eq!(
            gate.run(|| -> () { panic!("no {}", "luck") }).await,
            Err(GateError::Panicked("no luck".to_owned()))
        );
        assert_eq!(gate.run(|| 1).await, Ok(1));
    }

    /// Polls once; whether the future is still pending.
    async fn futures_poll_once<F: Future>(mut future: std::pin::Pin<&mut F>) -> bool {
        std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context).is_pending())).await
    }
}
