//! The phases of a graceful shutdown, as the application follows them.

use tokio::sync::watch;

/// What the application may still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Go on as before.
    Serving,
    /// Accept no more, and finish what is in flight.
    Finishing,
    /// Nothing: what is in flight is abandoned.
    Abandoned,
}

/// The phases of a shutdown. Dropping them says that the application needs no more.
#[derive(Debug)]
pub(crate) struct Phases(watch::Receiver<Phase>);

/// The coordinator of the phases is gone.
#[derive(Debug)]
pub(crate) struct CoordinatorGone;

impl Phases {
    /// Creates the channel on which the coordinator announces phases.
    pub(super) fn channel() -> (watch::Sender<Phase>, Phases) {
        let (sender, receiver) = watch::channel(Phase::Serving);
        (sender, Phases(receiver))
    }

    /// Calls `stop` in the phase of finishing and returns the output of its future, or `None` if that is abandoned.
    ///
    /// # Errors
    /// [`CoordinatorGone`] if no phase can come any more.
    pub(crate) async fn follow<F: Future>(
        mut self,
        stop: impl FnOnce() -> F,
    ) -> Result<Option<F::Output>, CoordinatorGone> {
        self.reach(Phase::Finishing).await?;
        let finished = stop();
        tokio::select! {
            biased;
            output = finished => Ok(Some(output)),
            abandoned = self.reach(Phase::Abandoned) => abandoned.map(|()| None),
        }
    }

    async fn reach(&mut self, phase: Phase) -> Result<(), CoordinatorGone> {
        self.0.wait_for(|current| *current >= phase).await.map(drop).map_err(|_gone| CoordinatorGone)
    }
}
