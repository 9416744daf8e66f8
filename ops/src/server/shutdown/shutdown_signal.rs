//! The shutdown signal of a server. It never fires once all senders are dropped.

use tokio::sync::watch;

/// Triggers the shutdown of a server.
#[derive(Clone, Debug)]
pub(crate) struct Shutdown(watch::Sender<bool>);

/// Waits for the shutdown of a server.
#[derive(Clone, Debug)]
pub(crate) struct ShutdownSignal(watch::Receiver<bool>);

/// Creates the two ends of a shutdown signal.
pub(crate) fn shutdown_channel() -> (Shutdown, ShutdownSignal) {
    let (sender, receiver) = watch::channel(false);
    (Shutdown(sender), ShutdownSignal(receiver))
}

impl Shutdown {
    /// Triggers the shutdown.
    pub(crate) fn trigger(&self) {
        self.0.send_replace(true);
    }
}

impl ShutdownSignal {
    /// The signal as a channel that becomes true, for code that knows nothing of servers.
    pub(crate) fn receiver(&self) -> watch::Receiver<bool> {
        self.0.clone()
    }

    /// Waits until the shutdown is triggered.
    pub(crate) async fn triggered(&mut self) {
        if self.0.wait_for(|triggered| *triggered).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
