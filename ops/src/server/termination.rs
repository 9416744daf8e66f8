//! The end of a program in order, once it is told to end.

use super::{Error, Running};
use std::time::Duration;

/// How long each phase of the end of a program may take, once it is told to end.
///
/// ```
/// use std::time::Duration;
///
/// let termination = ops::Termination::default();
/// assert_eq!((termination.delay, termination.finish), (Duration::from_secs(5), Duration::from_secs(30)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Termination {
    /// For how long the program goes on as before when readiness is off, so that all who send it work have seen that: as
    /// many periods of the readiness probe as make it fail, and a little more. 5 s.
    pub delay: Duration,
    /// How long what is in flight may take to finish, once no more is accepted. 30 s.
    pub finish: Duration,
}

impl Default for Termination {
    fn default() -> Self {
        Termination { delay: Duration::from_secs(5), finish: Duration::from_secs(30) }
    }
}

impl Termination {
    /// Sets [`delay`](Self::delay).
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sets [`finish`](Self::finish).
    #[must_use]
    pub fn finish(mut self, finish: Duration) -> Self {
        self.finish = finish;
        self
    }
}

impl Running {
    /// Waits until the program is told to end, by SIGTERM or Ctrl-C, and ends it in order: readiness off, a
    /// [delay](Termination::delay), then `stop`, and this server last.
    ///
    /// `stop` makes the service accept no more, and what it returns ends when all that is in flight has; it is given up
    /// after [`finish`](Termination::finish), and the result is what it came to, or `None`. Each further signal ends the phase
    /// that it comes in.
    ///
    /// The signals are heard from the call on, also before what it returns is awaited: call it before the program says that
    /// it is there. From the first call on they do not end the process by themselves any more, as long as it runs.
    ///
    /// The time is kept by the thread of this server. Readiness goes off in time even where the application does not run any
    /// more; if it has not taken notice [`shutdown_timeout`](crate::Limits::shutdown_timeout) after its time to finish, this
    /// server is ended all the same, and the process with it: with the exit code that a shell gives to the signal, 143 for
    /// SIGTERM.
    ///
    /// ```standalone_crate
    /// use tokio::sync::oneshot;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ops::Error> {
    /// let (stop, stopped) = oneshot::channel::<()>();
    /// let service = tokio::spawn(async { stopped.await.ok() }); // a server with a graceful shutdown
    ///
    /// let end = ops::serve("127.0.0.1:0").await?.end_on_signal(ops::Termination::default(), || async {
    ///     let _ = stop.send(());
    ///     let _ = service.await;
    /// });
    /// println!("Ctrl-C ends it.");
    /// # let _ = tokio::time::timeout(std::time::Duration::ZERO, end).await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Signals`] if the system does not let it hear of signals, [`Error::Ended`] if the server had ended by
    /// itself.
    pub fn end_on_signal<F: Future>(
        self,
        termination: Termination,
        stop: impl FnOnce() -> F,
    ) -> impl Future<Output = Result<Option<F::Output>, Error>> {
        let orders = self.conduct(termination).map_err(|source| Error::Signals { source });
        async move {
            let output = orders?.follow(stop).await?;
            self.shutdown().await.map(|()| output)
        }
    }
}
