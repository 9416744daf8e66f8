//! The signals that ask a program to terminate, SIGTERM and SIGINT (Ctrl-C), and the exit of the process that they ask for.
//!
//! From the first call on, these signals do not end the process by themselves, and the system offers no way back. So a thread
//! listens for as long as the process lives: it passes signals to the coordinators of graceful shutdowns, and while there are none
//! it does what the system would have done.

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

/// A signal within this time of the last one is a repetition of it: `npm` and `timeout` send what they are sent once more.
const REPETITION: Duration = Duration::from_secs(1);

/// The number of signals that are queued for a coordinator.
const BACKLOG: usize = 8;

/// The longest time that an exit waits for queued log events.
const LOG_TIMEOUT: Duration = Duration::from_millis(500);

/// A signal that asks the program to terminate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TerminationSignal {
    /// SIGTERM: of an orchestrator, which also sends the program work.
    Terminate,
    /// SIGINT: Ctrl-C in a terminal.
    Interrupt,
}

impl TerminationSignal {
    /// The exit code that a shell gives to the signal.
    pub(super) fn exit_code(self) -> i32 {
        match self {
            TerminationSignal::Terminate => 128 + 15,
            TerminationSignal::Interrupt => 128 + 2,
        }
    }
}

/// The termination signals from a moment on.
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

/// The thread that listens for signals. A process has one, as it has one handler of each signal.
#[derive(Clone, Debug)]
struct Listener {
    signals: broadcast::Sender<TerminationSignal>,
    runtime: Handle,
}

static LISTENER: Mutex<Option<Listener>> = Mutex::new(None);

/// Listens for termination signals.
///
/// # Errors
/// If the system does not allow it.
pub(super) fn termination_signals() -> io::Result<TerminationSignals> {
    listener().map(|listener| TerminationSignals(listener.signals.subscribe()))
}

/// Ends the process with `code` after `timeout`, unless it has ended by then.
pub(in crate::server) fn exit_after(timeout: Duration, code: i32) {
    // Whoever asks for it was sent a signal, so the thread is there.
    if let Ok(listener) = listener() {
        listener.runtime.spawn(async move {
            tokio::time::sleep(timeout).await;
            log::emit(move || {
                tracing::error!(?timeout, code, "the process did not exit in time after shutdown: it is ended")
            });
            exit(code);
        });
    }
}

/// Ends the process.
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
            // Without a receiver nobody asked any more.
            let _ = ready.send(Ok(listener));
            runtime.block_on(pass_on(source, &signals));
        }
        Err(error) => {
            let _ = ready.send(Err(error));
        }
    }
}

/// Passes signals to those who listen, and ends the process at a signal for which nobody does.
async fn pass_on(mut source: Source, signals: &broadcast::Sender<TerminationSignal>) {
    let mut repetitions = Repetitions::default();
    loop {
        let signal = source.next().await;
        if repetitions.is_new(Instant::now()) && signals.send(signal).is_err() {
            exit(signal.exit_code());
        }
    }
}

/// Tells signals from repetitions of the last one.
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
    fn repetitions_within_a_second_count_once() {
        let (start, mut repetitions) = (Instant::now(), Repetitions::default());
        let at = [0, 1, 500, 999, 1000, 1001, 1999, 2000, 60_000];
        let new = at.map(|millis| repetitions.is_new(start + Duration::from_millis(millis)));
        assert_eq!(new, [true, false, false, false, true, false, false, true, true]);
    }
}
