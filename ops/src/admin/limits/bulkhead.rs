//! Bulkheads, which bound the concurrency of expensive calls and of calls into user code.

use ops_core::unwind::{catch_panic, catch_panic_async};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;

/// A limiter of concurrent calls, blocking or asynchronous, with a bounded queue.
///
/// A blocking call holds its permit until it returns, even if its caller has timed out, so that hanging calls exhaust only
/// their own bulkhead.
#[derive(Debug)]
pub(crate) struct Bulkhead {
    running: Arc<Semaphore>,
    /// Permits of running and queued calls.
    admitted: Arc<Semaphore>,
}

/// The reason a call through a bulkhead returned no result.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BulkheadError {
    /// The queue is full.
    Full,
    /// The call panicked with this message.
    Panicked(String),
    /// The runtime has shut down.
    Stopped,
}

impl Bulkhead {
    /// Creates a bulkhead for `running` concurrent and `waiting` queued calls.
    pub(crate) fn new(running: usize, waiting: usize) -> Bulkhead {
        let running = running.clamp(1, Semaphore::MAX_PERMITS);
        let admitted = running.saturating_add(waiting).min(Semaphore::MAX_PERMITS);
        Bulkhead { running: Arc::new(Semaphore::new(running)), admitted: Arc::new(Semaphore::new(admitted)) }
    }

    /// Runs `work` on a blocking thread of the current runtime, once a permit is free.
    ///
    /// # Errors
    /// [`BulkheadError::Full`] if the queue is full, [`BulkheadError::Panicked`] if `work` panics.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, BulkheadError> {
        let permits = self.acquire().await?;
        let work = tokio::task::spawn_blocking(move || {
            let _permits = permits;
            catch_panic(work)
        });
        match work.await {
            Ok(result) => result.map_err(|message| BulkheadError::Panicked(message.to_string())),
            Err(_canceled) => Err(BulkheadError::Full),
        }
    }

    /// Runs `work` as a task on `runtime`, once a permit is free.
    ///
    /// The task is aborted if the returned future is dropped.
    ///
    /// # Errors
    /// Those of [`run`](Self::run), and [`BulkheadError::Stopped`] if the runtime shuts down.
    pub(crate) async fn run_on<T: Send + 'static>(
        &self,
        runtime: &Handle,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, BulkheadError> {
        let permits = self.acquire().await?;
        let task = runtime.spawn(async move {
            let _permits = permits;
            catch_panic_async(work).await
        });
        let _abort = AbortOnDrop(task.abort_handle());
        match task.await {
            Ok(result) => result.map_err(|message| BulkheadError::Panicked(message.to_string())),
            Err(_canceled) => Err(BulkheadError::Stopped),
        }
    }

    async fn acquire(&self) -> Result<[OwnedSemaphorePermit; 2], BulkheadError> {
        let admitted = self.admitted.clone().try_acquire_owned().map_err(|_full| BulkheadError::Full)?;
        let running = self.running.clone().acquire_owned().await.map_err(|_closed| BulkheadError::Full)?;
        Ok([admitted, running])
    }
}

/// A guard that aborts a task on drop.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn limits_running_and_queued_calls() {
        let bulkhead = Arc::new(Bulkhead::new(1, 1));
        let (started, running) = tokio::sync::oneshot::channel();
        let (release, released) = mpsc::channel::<()>();
        let first = tokio::spawn({
            let bulkhead = bulkhead.clone();
            async move {
                bulkhead
                    .run(move || {
                        let _ = started.send(());
                        let _ = released.recv();
                        1
                    })
                    .await
            }
        });
        running.await.unwrap();
        let mut second = Box::pin(bulkhead.run(|| 2));
        assert!(is_pending_once_polled(second.as_mut()).await, "queued");
        assert_eq!(bulkhead.run(|| 3).await, Err(BulkheadError::Full));
        release.send(()).unwrap();
        assert_eq!((first.await.unwrap(), second.await), (Ok(1), Ok(2)));
        assert_eq!(bulkhead.run(|| 4).await, Ok(4), "the permits were released");
    }

    #[tokio::test]
    async fn panic_is_an_error_and_releases_the_permit() {
        let bulkhead = Bulkhead::new(1, 0);
        assert_eq!(
            bulkhead.run(|| -> () { panic!("no {}", "luck") }).await,
            Err(BulkheadError::Panicked("no luck".to_owned()))
        );
        assert_eq!(bulkhead.run(|| 1).await, Ok(1));
    }

    /// Polls the future once. Returns `true` if it is still pending.
    async fn is_pending_once_polled<F: Future>(mut future: std::pin::Pin<&mut F>) -> bool {
        std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context).is_pending())).await
    }
}
