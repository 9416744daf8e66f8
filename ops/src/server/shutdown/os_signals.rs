//! Termination signals, SIGTERM and SIGINT (Ctrl-C), and the process exit that they cause.
//!
//! tokio replaces the default action of these signals permanently: once a handler is installed, they no longer terminate the
//! process. Therefore a thread listens for them for the lifetime of the process. It sends signals to the coordinators of graceful
//! shutdowns, or terminates the process if no coordinator is running.

use crate::log;
use ops_core::unwind::IgnorePoison;
use std::io;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

/// Time after a signal during which further ones are ignored: `npm` and `timeout` send signals twice.
const REPETITION: Duration = Duration::from_secs(1);

/// Capacity of the signal queue of a coordinator.
const BACKLOG: usize = 8;

/// Maximum time that an exit waits for queued log events.
const LOG_TIMEOUT: Duration = Duration::from_millis(500);

/// A signal that requests termination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TerminationSignal {
    /// SIGTERM, sent by an orchestrator such as Kubernetes.
    Terminate,
    /// SIGINT, sent by Ctrl-C in a terminal.
    Interrupt,
}

impl TerminationSignal {
    /// Returns the conventional exit code of the signal: 128 plus its number.
    pub(super) fn exit_code(self) -> i32 {
        match self {
            TerminationSignal::Terminate => 128 + 15,
            TerminationSignal::Interrupt => 128 + 2,
        }
    }
}

/// A subscription to termination signals.
#[derive(Debug)]
pub(super) struct TerminationSignals(broadcast::Receiver<TerminationSignal>);

impl TerminationSignals {
    /// Waits for the next signal.
    pub(super) async fn next(&mut self) -> TerminationSignal {
        loop {
            match self.0.recv().await {
                Ok(signal) => return signal,
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

#[cfg(test)]
impl From<broadcast::Receiver<TerminationSignal>> for TerminationSignals {
    fn from(receiver: broadcast::Receiver<TerminationSignal>) -> Self {
        TerminationSignals(receiver)
    }
}

/// A handle of the signal thread, of which there is one per process.
#[derive(Clone, Debug)]
struct Listener {
    signals: broadcast::Sender<TerminationSignal>,
    runtime: Handle,
}

static LISTENER: Mutex<Option<Listener>> = Mutex::new(None);

/// Subscribes to termination signals, starting the signal thread if necessary.
///
/// # Errors
/// If the signal handlers cannot be installed.
pub(super) fn termination_signals() -> io::Result<TerminationSignals> {
    listener().map(|listener| TerminationSignals(listener.signals.subscribe()))
}

/// Terminates the process with `code` after `timeout`, unless it has exited by then.
pub(in crate::server) fn exit_after(timeout: Duration, code: i32) {
    // Cannot fail: the thread is running, because it has received a signal.
    if let Ok(listener) = listener() {
        listener.runtime.spawn(async move {
            tokio::time::sleep(timeout).await;
            log::emit(move || {
                tracing::error!(?timeout, code, "process did not exit in time after shutdown: terminating it")
            });
            exit(code);
        });
    }
}

/// Terminates the process after flushing the log.
pub(in crate::server) fn exit(code: i32) -> ! {
    log::flush(LOG_TIMEOUT);
    std::process::exit(code)
}

fn listener() -> io::Result<Listener> {
    let mut listener = LISTENER.lock().ignore_poison();
    if let Some(listener) = &*listener {
        return Ok(listener.clone());
    }
    let (ready, started) = mpsc::channel();
    thread::Builder::new().name("ops-signals".to_owned()).spawn(move || run(&ready))?;
    let started = started.recv().map_err(io::Error::other)??;
    *listener = Some(started.clone());
    Ok(started)
}

fn run(ready: &mpsc::Sender<io::Result<Listener>>) {
    let (signals, _) = broadcast::channel(BACKLOG);
    let started = tokio::runtime::Builder::new_current_thread().enable_all().build().and_then(|runtime| {
        let source = {
            let _runtime = runtime.enter();
            Source::new()?
        };
        Ok((Listener { signals: signals.clone(), runtime: runtime.handle().clone() }, runtime, source))
    });
    match started {
        Ok((listener, runtime, source)) => {
            // Fails only if `listener` no longer waits for it.
            let _ = ready.send(Ok(listener));
            runtime.block_on(dispatch(source, &signals));
        }
        Err(error) => {
            let _ = ready.send(Err(error));
        }
    }
}

/// Sends signals to the subscribers, or terminates the process if there are none.
async fn dispatch(mut source: Source, signals: &broadcast::Sender<TerminationSignal>) {
    let mut repetitions = Repetitions::default();
    loop {
        let signal = source.next().await;
        if repetitions.is_new(Instant::now()) && signals.send(signal).is_err() {
            exit(signal.exit_code());
        }
    }
}

/// Detects repeated signals.
#[derive(Debug, Default)]
struct Repetitions {
    last: Option<Instant>,
}

impl Repetitions {
    /// Returns `true` if a signal at `now` is not a repetition.
    fn is_new(&mut self, now: Instant) -> bool {
        let is_new = self.last.is_none_or(|last| now.saturating_duration_since(last) >= REPETITION);
        if is_new {
            self.last = Some(now);
        }
        is_new
    }
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

    async fn next(&mut self) -> TerminationSignal {
        tokio::select! {
            _ = self.terminate.recv() => TerminationSignal::Terminate,
            _ = self.interrupt.recv() => TerminationSignal::Interrupt,
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

    async fn next(&mut self) -> TerminationSignal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        TerminationSignal::Interrupt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignores_repetitions_within_a_second() {
        let (start, mut repetitions) = (Instant::now(), Repetitions::default());
        let at = [0, 1, 500, 999, 1000, 1001, 1999, 2000, 60_000];
        let new = at.map(|millis| repetitions.is_new(start + Duration::from_millis(millis)));
        assert_eq!(new, [true, false, false, false, true, false, false, true, true]);
    }
}
