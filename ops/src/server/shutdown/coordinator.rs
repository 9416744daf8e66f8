//! The coordinator of the graceful shutdown of a program: readiness off, delay, finish, exit.

use super::os_signals::termination_signals;
use super::{Phase, Phases, Shutdown, Termination};
use crate::health::Health;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Coordinates the graceful shutdown of a program, on the runtime of the server, where the application cannot delay it.
pub(crate) struct ShutdownCoordinator {
    pub(crate) health: Arc<Health>,
    pub(crate) termination: Termination,
    /// How long the application may take to notice that its work is abandoned.
    pub(crate) exit_timeout: Duration,
    /// Shuts the server down.
    pub(crate) shutdown: Shutdown,
    /// Set to make the process exit with the server, with this code.
    pub(crate) exit: Arc<OnceLock<i32>>,
}

impl ShutdownCoordinator {
    /// Listens for termination signals and coordinates the shutdown on the current runtime.
    ///
    /// # Errors
    /// If the system does not allow it to listen for signals.
    pub(crate) fn start(self) -> io::Result<Phases> {
        let signals = termination_signals()?;
        let (phase, phases) = Phases::channel();
        tokio::spawn(async move {
            tokio::select! {
                () = phase.closed() => {}
                () = self.coordinate(signals, &phase) => {}
            }
        });
        Ok(phases)
    }

    /// Goes through all phases, as long as the application takes part.
    async fn coordinate(self, mut signals: Receiver<i32>, phase: &watch::Sender<Phase>) {
        let Some(signal) = signals.recv().await else { return };
        let Termination { drain_delay, grace_period } = self.termination;
        tracing::info!(?drain_delay, "the program is told to end: readiness is off");
        self.health.drain();
        if timeout(drain_delay, signals.recv()).await.is_ok() {
            tracing::warn!("the program is told again to end: it waits no longer for others to see that");
        }
        phase.send_replace(Phase::Finishing);
        tokio::select! {
            _told = signals.recv() => {
                tracing::warn!("the program is told again to end: it does not wait for what is in flight");
            }
            () = sleep(grace_period) => tracing::warn!(?grace_period, "the program ends with work in flight"),
        }
        phase.send_replace(Phase::Abandoned);
        let _told_or_elapsed = timeout(self.exit_timeout, signals.recv()).await;
        tracing::error!("the application does not run any more: the process ends without it");
        // Nothing else sets it.
        let _ = self.exit.set(128 + signal);
        self.shutdown.trigger();
    }
}

#[cfg(test)]
mod tests {
    use super::super::shutdown_channel;
    use super::*;
    use tokio::sync::mpsc::{Sender, channel};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;
    use tokio::time::Instant;

    const SECOND: Duration = Duration::from_secs(1);

    /// The end of a program with 10 s of delay, 30 s to finish and 5 s to hear of that, and how it can be followed.
    struct Ending {
        health: Arc<Health>,
        signal: Sender<i32>,
        exit: Arc<OnceLock<i32>>,
        conducted: JoinHandle<Instant>,
        phases: Phases,
    }

    fn begin() -> Ending {
        let (health, exit) = (Arc::new(Health::new()), Arc::new(OnceLock::new()));
        let (signal, signals) = channel(1);
        let (phase, phases) = Phases::channel();
        let coordinator = ShutdownCoordinator {
            health: health.clone(),
            termination: Termination::default().drain_delay(10 * SECOND).grace_period(30 * SECOND),
            exit_timeout: 5 * SECOND,
            shutdown: shutdown_channel().0,
            exit: exit.clone(),
        };
        let conducted = tokio::spawn(async move {
            coordinator.coordinate(signals, &phase).await;
            Instant::now()
        });
        Ending { health, signal, exit, conducted, phases }
    }

    async fn tell(signal: &Sender<i32>) {
        signal.send(15).await.unwrap();
        tokio::task::yield_now().await;
    }

    #[tokio::test(start_paused = true)]
    async fn readiness_goes_first_and_all_else_goes_on_for_the_delay() {
        let ending = begin();
        assert!(!ending.health.is_draining());
        let told = Instant::now();
        tell(&ending.signal).await;
        assert!(ending.health.is_draining());
        let stopped = ending.phases.follow(|| async { told.elapsed() }).await.unwrap();
        assert_eq!((stopped, told.elapsed()), (Some(10 * SECOND), 10 * SECOND), "it waits for nothing else");
        assert!(ending.health.is_draining(), "nothing but an undo makes it ready again");
        assert_eq!(ending.exit.get(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_in_flight_is_given_up_after_its_time() {
        let ending = begin();
        let told = Instant::now();
        tell(&ending.signal).await;
        assert_eq!(ending.phases.follow(std::future::pending::<()>).await.unwrap(), None);
        assert_eq!(told.elapsed(), 40 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn each_further_signal_ends_the_phase_that_it_comes_in() {
        let Ending { signal, phases, .. } = begin();
        let told = Instant::now();
        tell(&signal).await;
        tell(&signal).await;
        let (stop, stopped) = oneshot::channel();
        let following = tokio::spawn(phases.follow(|| {
            let _ = stop.send(Instant::now());
            std::future::pending::<()>()
        }));
        assert_eq!(stopped.await.unwrap() - told, Duration::ZERO);
        tell(&signal).await;
        assert_eq!(following.await.unwrap().unwrap(), None);
        assert_eq!(told.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn an_application_that_does_not_follow_is_ended_with_the_server() {
        let Ending { signal, exit, conducted, phases, .. } = begin();
        let told = Instant::now();
        tell(&signal).await;
        assert_eq!(conducted.await.unwrap() - told, 45 * SECOND);
        assert_eq!(exit.get(), Some(&143));
        drop(phases);
    }
}
