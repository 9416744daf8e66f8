//! The wish that a server ends. A wish that nobody can make any more is never made.

use tokio::sync::watch;

/// Makes the wish.
#[derive(Clone, Debug)]
pub(super) struct Stop(watch::Sender<bool>);

/// Hears of it.
#[derive(Clone, Debug)]
pub(super) struct Stopped(watch::Receiver<bool>);

pub(super) fn stop() -> (Stop, Stopped) {
    let (sender, receiver) = watch::channel(false);
    (Stop(sender), Stopped(receiver))
}

impl Stop {
    pub(super) fn wish(&self) {
        self.0.send_replace(true);
    }
}

impl Stopped {
    /// The wish, for those who do not know of servers: true once it is made.
    pub(super) fn wish(&self) -> watch::Receiver<bool> {
        self.0.clone()
    }

    /// Returns once the wish is made.
    pub(super) async fn wished(&mut self) {
        if self.0.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
