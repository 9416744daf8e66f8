//! The shutdown signal of a server or of the service of a program.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::watch;

/// The sending end of a shutdown signal.
#[derive(Clone, Debug)]
pub(crate) struct Shutdown(watch::Sender<bool>);

/// A shutdown signal: a future that completes once shutdown is requested.
///
/// [`Running::run`](crate::Running::run) passes it to the service, which then stops accepting work, finishes work in flight and
/// returns. It can be passed to the graceful shutdown of other crates, such as
/// `axum::serve(..).with_graceful_shutdown(shutdown)` and `serve_with_shutdown(address, shutdown)` of `tonic`. Clone it for each
/// task of a service. It may be awaited by reference, and again after it has completed.
pub struct ShutdownSignal {
    requested: watch::Receiver<bool>,
    waiting: Option<Pin<Box<dyn Future<Output = ()> + Send + Sync>>>,
}

/// Creates the two ends of a shutdown signal. It never fires once all senders are dropped.
pub(crate) fn shutdown_channel() -> (Shutdown, ShutdownSignal) {
    let (sender, requested) = watch::channel(false);
    (Shutdown(sender), ShutdownSignal { requested, waiting: None })
}

impl Shutdown {
    /// Requests the shutdown.
    pub(crate) fn request(&self) {
        self.0.send_replace(true);
    }
}

impl ShutdownSignal {
    /// Returns `true` once shutdown is requested.
    pub fn is_requested(&self) -> bool {
        *self.requested.borrow()
    }

    /// Waits until shutdown is requested.
    ///
    /// ```standalone_crate
    /// use ops::{ShutdownSignal, Termination};
    /// use tokio::sync::mpsc;
    ///
    /// async fn work(mut jobs: mpsc::Receiver<u32>, shutdown: ShutdownSignal) -> u32 {
    ///     let mut sum = 0;
    ///     loop {
    ///         tokio::select! {
    ///             () = shutdown.requested() => return sum,
    ///             job = jobs.recv() => match job {
    ///                 Some(job) => sum += job,
    ///                 None => return sum,
    ///             },
    ///         }
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ops::Error> {
    /// let (sender, jobs) = mpsc::channel(8);
    /// sender.send(20).await.unwrap();
    /// sender.send(22).await.unwrap();
    /// drop(sender);
    /// let running = ops::serve("127.0.0.1:0").await?;
    /// assert_eq!(running.run(Termination::default(), |shutdown| work(jobs, shutdown)).await?, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub fn requested(&self) -> impl Future<Output = ()> + Send + Sync + 'static + use<> {
        let mut requested = self.requested.clone();
        async move {
            if requested.wait_for(|requested| *requested).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Returns a receiver whose value becomes `true`, for code that does not depend on the server.
    pub(crate) fn receiver(&self) -> watch::Receiver<bool> {
        self.requested.clone()
    }
}

impl Future for ShutdownSignal {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.is_requested() {
            return Poll::Ready(());
        }
        if self.waiting.is_none() {
            self.waiting = Some(Box::pin(self.requested()));
        }
        self.waiting.as_mut().map_or(Poll::Pending, |waiting| waiting.as_mut().poll(context))
    }
}

impl Clone for ShutdownSignal {
    fn clone(&self) -> Self {
        ShutdownSignal { requested: self.requested.clone(), waiting: None }
    }
}

impl fmt::Debug for ShutdownSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShutdownSignal").field("is_requested", &self.is_requested()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_clone_completes_and_may_be_awaited_again() {
        let (shutdown, mut signal) = shutdown_channel();
        let (clone, mut started) = (signal.clone(), signal.clone());
        let polled = std::future::poll_fn(|context| Poll::Ready(Pin::new(&mut started).poll(context))).await;
        assert!(polled.is_pending() && !signal.is_requested());
        shutdown.request();
        (&mut signal).await;
        signal.await;
        clone.requested().await;
        started.await;
        assert!(clone.is_requested());
    }

    #[test]
    fn is_send_sync_unpin_and_static() {
        fn is_shareable<T: Clone + Send + Sync + Unpin + 'static>() {}
        is_shareable::<ShutdownSignal>();
    }
}
