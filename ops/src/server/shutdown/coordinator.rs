//! The coordinator of a program's graceful shutdown: drain delay, grace period, exit.

use super::os_signals::{TerminationSignal, TerminationSignals, termination_signals};
use super::{Shutdown, Termination};
use crate::health::Health;
use crate::log;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Coordinates the graceful shutdown of a program.
///
/// It runs on the server's runtime, where the application cannot delay it.
pub(crate) struct ShutdownCoordinator {
    pub(crate) health: Arc<Health>,
    pub(crate) termination: Termination,
    /// Requests the shutdown of the service.
    pub(crate) service: Shutdown,
    /// Shuts the server down.
    pub(crate) server: Shutdown,
    /// Maximum time that the server takes to shut down.
    pub(crate) server_timeout: Duration,
    /// Exit code; if set, the server thread terminates the process at its end.
    pub(crate) exit: Arc<OnceLock<i32>>,
    /// Terminates the process: [`exit_after`](super::exit_after) except in tests.
    pub(crate) exit_after: ExitAfter,
}

/// Terminates the process with an exit code after a timeout.
pub(crate) type ExitAfter = Box<dyn Fn(Duration, i32) + Send + Sync>;

/// The application's handle to a coordinated shutdown. Dropped once the service has ended.
#[derive(Debug)]
pub(crate) struct Coordination(watch::Receiver<bool>);

/// Reasons to stop waiting for the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interruption {
    /// The service did not finish within its grace period, or a further signal arrived first.
    Abandoned,
    /// The coordinator was dropped together with the server.
    CoordinatorGone,
}

impl Coordination {
    /// Waits until the service must be abandoned or the coordinator is gone.
    pub(crate) async fn interrupted(&mut self) -> Interruption {
        match self.0.wait_for(|is_abandoned| *is_abandoned).await {
            Ok(_) => Interruption::Abandoned,
            Err(_closed) => Interruption::CoordinatorGone,
        }
    }
}

/// A guard that enforces the exit timeout when dropped, if a signal has set `code`.
///
/// A guard, because the server's runtime may shut down first: the coordinator is then dropped instead of woken.
struct ExitOnDrop<'a> {
    coordinator: &'a ShutdownCoordinator,
    code: OnceLock<i32>,
}

impl Drop for ExitOnDrop<'_> {
    fn drop(&mut self) {
        let ShutdownCoordinator { server_timeout, termination, exit_after, .. } = self.coordinator;
        if let Some(code) = self.code.get() {
            exit_after(server_timeout.saturating_add(termination.exit_timeout), *code);
        }
    }
}

impl ShutdownCoordinator {
    /// Installs the signal handlers and coordinates the shutdown on `runtime`.
    ///
    /// # Errors
    /// If the signal handlers cannot be installed.
    pub(crate) fn start(self, runtime: &Handle) -> io::Result<Coordination> {
        let signals = termination_signals()?;
        let (abandoned, abandonment) = watch::channel(false);
        runtime.spawn(self.run(signals, abandoned));
        Ok(Coordination(abandonment))
    }

    async fn run(self, signals: TerminationSignals, abandoned: watch::Sender<bool>) {
        let mut exit = ExitOnDrop { coordinator: &self, code: OnceLock::new() };
        tokio::select! {
            () = abandoned.closed() => {}
            // `coordinate` has called `exit_after` itself.
            () = self.coordinate(signals, &abandoned, &exit.code) => exit.code = OnceLock::new(),
        }
    }

    /// Runs all phases while the application holds its `Coordination`.
    ///
    /// The first signal sets the exit `code`.
    async fn coordinate(&self, mut signals: TerminationSignals, abandoned: &watch::Sender<bool>, code: &OnceLock<i32>) {
        let Termination { drain_delay, grace_period, exit_timeout } = self.termination;
        let signal = signals.next().await;
        let code = *code.get_or_init(|| signal.exit_code());
        self.health.drain();
        // A program that runs in a terminal is not behind a load balancer.
        let delay = if signal == TerminationSignal::Interrupt { Duration::ZERO } else { drain_delay };
        log::emit(move || tracing::info!(?delay, "shutdown requested: readiness is off"));
        if timeout(delay, signals.next()).await.is_ok() {
            log::emit(|| tracing::warn!("shutdown requested again: skipping the drain delay"));
        }
        self.service.request();
        tokio::select! {
            _signal = signals.next() => {
                log::emit(|| tracing::warn!("shutdown requested again: abandoning work in flight"));
            }
            () = sleep(grace_period) => {
                log::emit(move || tracing::warn!(?grace_period, "grace period elapsed: abandoning work in flight"));
            }
        }
        abandoned.send_replace(true);
        let _signal_or_elapsed = timeout(exit_timeout, signals.next()).await;
        log::emit(|| tracing::error!("application did not exit in time: terminating the process"));
        // Only set here, so this cannot fail.
        let _ = self.exit.set(code);
        self.server.request();
        (self.exit_after)(self.server_timeout, code);
    }
}

#[cfg(test)]
mod tests {
    use super::super::os_signals::TerminationSignal::{Interrupt, Terminate};
    use super::super::{ShutdownSignal, shutdown_channel};
    use super::*;
    use std::sync::Mutex;
    use tokio::sync::broadcast;
    use tokio::task::JoinHandle;
    use tokio::time::Instant;

    const SECOND: Duration = Duration::from_secs(1);

    /// A shutdown with a drain delay of 10 s, a grace period of 30 s and an exit timeout of 5 s.
    struct Scenario {
        health: Arc<Health>,
        signals: broadcast::Sender<TerminationSignal>,
        exit: Arc<OnceLock<i32>>,
        coordinated: JoinHandle<Instant>,
        service: ShutdownSignal,
        coordination: Coordination,
        exits: Arc<Mutex<Vec<(Duration, i32)>>>,
    }

    fn begin() -> Scenario {
        let (health, exit) = (Arc::new(Health::new()), Arc::new(OnceLock::new()));
        let (signals, receiver) = broadcast::channel(4);
        let (request, service) = shutdown_channel();
        let (abandoned, abandonment) = watch::channel(false);
        let exits = Arc::new(Mutex::new(Vec::new()));
        let recorded = exits.clone();
        let coordinator = ShutdownCoordinator {
            health: health.clone(),
            termination: Termination::default()
                .drain_delay(10 * SECOND)
                .grace_period(30 * SECOND)
                .exit_timeout(5 * SECOND),
            service: request,
            server: shutdown_channel().0,
            server_timeout: SECOND,
            exit: exit.clone(),
            exit_after: Box::new(move |timeout, code| recorded.lock().unwrap().push((timeout, code))),
        };
        let coordinated = tokio::spawn(async move {
            coordinator.run(receiver.into(), abandoned).await;
            Instant::now()
        });
        Scenario { health, signals, exit, coordinated, service, coordination: Coordination(abandonment), exits }
    }

    async fn send(signals: &broadcast::Sender<TerminationSignal>, signal: TerminationSignal) {
        signals.send(signal).unwrap();
        tokio::task::yield_now().await;
    }

    #[tokio::test(start_paused = true)]
    async fn service_keeps_running_for_the_drain_delay_after_readiness_is_off() {
        let scenario = begin();
        assert!(!scenario.health.is_draining());
        let start = Instant::now();
        send(&scenario.signals, Terminate).await;
        assert!(scenario.health.is_draining() && !scenario.service.is_requested());
        scenario.service.await;
        assert_eq!(start.elapsed(), 10 * SECOND);
        assert!(scenario.health.is_draining(), "only `undrain` restores readiness");
        assert_eq!(scenario.exit.get(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn ctrl_c_skips_the_drain_delay() {
        let scenario = begin();
        let start = Instant::now();
        send(&scenario.signals, Interrupt).await;
        scenario.service.await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert!(scenario.health.is_draining());
    }

    #[tokio::test(start_paused = true)]
    async fn work_in_flight_is_abandoned_after_the_grace_period() {
        let mut scenario = begin();
        let start = Instant::now();
        send(&scenario.signals, Terminate).await;
        assert_eq!(scenario.coordination.interrupted().await, Interruption::Abandoned);
        assert_eq!(start.elapsed(), 40 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn each_further_signal_ends_its_phase() {
        let mut scenario = begin();
        let start = Instant::now();
        send(&scenario.signals, Terminate).await;
        send(&scenario.signals, Terminate).await;
        scenario.service.await;
        send(&scenario.signals, Terminate).await;
        assert_eq!(scenario.coordination.interrupted().await, Interruption::Abandoned);
        send(&scenario.signals, Interrupt).await;
        assert_eq!(scenario.coordinated.await.unwrap() - start, Duration::ZERO);
        assert_eq!(scenario.exit.get(), Some(&143), "exit code of the first signal");
    }

    #[tokio::test(start_paused = true)]
    async fn stuck_application_is_terminated_with_the_server() {
        let scenario = begin();
        let start = Instant::now();
        send(&scenario.signals, Terminate).await;
        assert_eq!(scenario.coordinated.await.unwrap() - start, 45 * SECOND);
        assert_eq!(scenario.exit.get(), Some(&143));
        assert_eq!(*scenario.exits.lock().unwrap(), [(SECOND, 143)], "even if the server is stuck");
        drop(scenario.coordination);
    }

    #[tokio::test(start_paused = true)]
    async fn exit_timeout_applies_after_the_service_has_shut_down() {
        let scenario = begin();
        send(&scenario.signals, Terminate).await;
        scenario.service.await;
        drop(scenario.coordination);
        scenario.coordinated.await.unwrap();
        assert_eq!(*scenario.exits.lock().unwrap(), [(6 * SECOND, 143)], "server timeout plus exit timeout");
        assert_eq!(scenario.signals.receiver_count(), 0, "a further signal terminates the process");
    }

    #[tokio::test(start_paused = true)]
    async fn coordination_ends_when_the_service_finishes_without_a_signal() {
        let scenario = begin();
        drop(scenario.coordination);
        scenario.coordinated.await.unwrap();
        assert_eq!((scenario.health.is_draining(), scenario.exit.get()), (false, None));
        assert_eq!(*scenario.exits.lock().unwrap(), [], "the program keeps running");
        assert_eq!(scenario.signals.receiver_count(), 0, "the next signal terminates the process");
    }

    #[tokio::test(start_paused = true)]
    async fn exit_timeout_applies_if_the_server_ends_before_its_coordinator() {
        let scenario = begin();
        send(&scenario.signals, Terminate).await;
        scenario.coordinated.abort();
        assert!(scenario.coordinated.await.unwrap_err().is_cancelled());
        assert_eq!(*scenario.exits.lock().unwrap(), [(6 * SECOND, 143)]);
    }
}
