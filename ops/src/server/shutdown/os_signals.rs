//! The signals that ask a program to terminate: SIGTERM and Ctrl-C.

use std::io;
use tokio::sync::mpsc::{Receiver, channel};

/// The number of SIGINT where there are no signals.
#[cfg(not(unix))]
const INTERRUPT: i32 = 2;

/// Listens for termination signals on the current runtime and sends the number of each.
///
/// # Errors
/// If the system does not allow it.
pub(super) fn termination_signals() -> io::Result<Receiver<i32>> {
    let mut source = Source::new()?;
    let (sender, receiver) = channel(1);
    tokio::spawn(async move {
        loop {
            let number = tokio::select! {
                () = sender.closed() => return,
                number = source.next() => number,
            };
            // One that waits already says the same.
            let _ = sender.try_send(number);
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

    async fn next(&mut self) -> i32 {
        use tokio::signal::unix::SignalKind;
        tokio::select! {
            _ = self.terminate.recv() => SignalKind::terminate().as_raw_value(),
            _ = self.interrupt.recv() => SignalKind::interrupt().as_raw_value(),
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

    async fn next(&mut self) -> i32 {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        INTERRUPT
    }
}
