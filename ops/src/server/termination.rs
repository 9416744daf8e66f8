//! The end of a program in order, once it is told to end.

use super::{Error, Running};
use crate::health::Health;
use std::io;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::{sleep, timeout};

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
    /// after [`finish`](Termination::finish), and the result is what it came to, or `None`. Each further signal ends the phase that it comes in. From the first call of
    /// this on, the signals do not end the process by themselves any more, as long as it runs.
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
    /// # let _ = tokio::time::timeout(std::time::Duration::ZERO, end).await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Signals`] if the system does not let it hear of signals, [`Error::Ended`] if the server had ended by
    /// itself.
    pub async fn end_on_signal<F: Future>(
        self,
        termination: Termination,
        stop: impl FnOnce() -> F,
    ) -> Result<Option<F::Output>, Error> {
        let signals = signals().map_err(|source| Error::Signals { source })?;
        let output = end(self.health(), &termination, signals, stop).await;
        self.shutdown().await.map(|()| output)
    }
}

/// All phases but the last.
async fn end<F: Future>(
    health: &Health,
    termination: &Termination,
    mut signals: Receiver<()>,
    stop: impl FnOnce() -> F,
) -> Option<F::Output> {
    signals.recv().await;
    tracing::info!(delay = ?termination.delay, "the program is told to end: readiness is off");
    health.drain();
    if timeout(termination.delay, signals.recv()).await.is_ok() {
        tracing::warn!("the program is told again to end: it waits no longer for others to see that");
    }
    let finished = stop();
    tokio::select! {
        output = finished => return Some(output),
        _told = signals.recv() => tracing::warn!("the program is told again to end: it does not wait for what is in flight"),
        () = sleep(termination.finish) => {
            tracing::warn!(after = ?termination.finish, "the program ends with work in flight");
        }
    }
    None
}

/// Each time that the program is told to end.
fn signals() -> io::Result<Receiver<()>> {
    let mut source = Source::new()?;
    let (sender, receiver) = channel(1);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = sender.closed() => return,
                () = source.next() => {}
            }
            // One that waits already says the same.
            let _ = sender.try_send(());
        }
    });
    Ok(receiver)
}

#[cfg(unix)]
struct Source {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Source {
    fn new() -> io::Result<Source> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Source { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Source;

#[cfg(not(unix))]
impl Source {
    fn new() -> io::Result<Source> {
        Ok(Source)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::sync::mpsc::Sender;
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;
    use tokio::time::Instant;

    /// The end of a program with 10 s of delay and 30 s to finish, and how it can be followed.
    struct Ending {
        health: Arc<Health>,
        signal: Sender<()>,
        stopped: oneshot::Receiver<Instant>,
        finish: oneshot::Sender<()>,
        ended: JoinHandle<Instant>,
    }

    fn begin() -> Ending {
        let health = Arc::new(Health::new());
        let (signal, signals) = channel(1);
        let (stop, stopped) = oneshot::channel();
        let (finish, finished) = oneshot::channel::<()>();
        let ended = tokio::spawn({
            let health = health.clone();
            async move {
                let termination = Termination::default().delay(Duration::from_secs(10)).finish(Duration::from_secs(30));
                let stop = || async {
                    let _ = stop.send(Instant::now());
                    let _ = finished.await;
                };
                end(&health, &termination, signals, stop).await;
                Instant::now()
            }
        });
        Ending { health, signal, stopped, finish, ended }
    }

    impl Ending {
        async fn tell(&self) {
            self.signal.send(()).await.unwrap();
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn readiness_goes_first_and_all_else_goes_on_for_the_delay() {
        let ending = begin();
        assert!(!ending.health.is_draining());
        let told = Instant::now();
        ending.tell().await;
        assert!(ending.health.is_draining());
        assert_eq!(ending.stopped.await.unwrap() - told, Duration::from_secs(10));
        ending.finish.send(()).unwrap();
        assert_eq!(ending.ended.await.unwrap() - told, Duration::from_secs(10), "it waits for nothing else");
        assert!(ending.health.is_draining(), "nothing but an undo makes it ready again");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_in_flight_is_given_up_after_its_time() {
        let ending = begin();
        let told = Instant::now();
        ending.tell().await;
        assert_eq!(ending.ended.await.unwrap() - told, Duration::from_secs(40));
        drop(ending.finish);
    }

    #[tokio::test(start_paused = true)]
    async fn each_further_signal_ends_the_phase_that_it_comes_in() {
        let mut ending = begin();
        let told = Instant::now();
        ending.tell().await;
        ending.tell().await;
        assert_eq!((&mut ending.stopped).await.unwrap() - told, Duration::ZERO);
        ending.tell().await;
        assert_eq!(ending.ended.await.unwrap() - told, Duration::ZERO);
        drop(ending.finish);
    }
}
