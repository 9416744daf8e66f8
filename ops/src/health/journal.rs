//! The journal of status changes: a bounded history, and a broadcast to listeners.

use super::change::Change;
use crate::log;
use ops_core::unwind::{IgnorePoison, catch_panic};
use std::collections::VecDeque;
use std::io;
use std::sync::Mutex;
use std::thread;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Memory limit of the history, in bytes.
const HISTORY_BYTES: usize = 64 * 1024;

/// Maximum number of changes buffered for a slow receiver, which misses the oldest beyond that.
const BUFFERED_CHANGES: usize = 256;

/// The history of status changes, and the broadcast channel for new ones.
pub(super) struct Journal {
    history: Mutex<History>,
    changes: broadcast::Sender<Change>,
}

#[derive(Default)]
struct History {
    changes: VecDeque<Change>,
    bytes: usize,
}

impl Default for Journal {
    fn default() -> Self {
        Journal { history: Mutex::default(), changes: broadcast::Sender::new(BUFFERED_CHANGES) }
    }
}

impl Journal {
    /// Adds `change` to the history and broadcasts it.
    ///
    /// Calls no user code, so it may be called while a lock is held.
    pub(super) fn record(&self, change: Change) {
        self.history.lock().ignore_poison().push(change.clone());
        // An error means that there are no listeners.
        let _ = self.changes.send(change);
    }

    /// Returns the history, oldest first.
    pub(super) fn history(&self) -> Vec<Change> {
        self.history.lock().ignore_poison().changes.iter().cloned().collect()
    }

    /// Subscribes to future changes.
    pub(super) fn subscribe(&self) -> Changes {
        Changes(self.changes.subscribe())
    }
}

impl History {
    fn push(&mut self, change: Change) {
        self.bytes += change.bytes();
        self.changes.push_back(change);
        while self.bytes > HISTORY_BYTES {
            let Some(oldest) = self.changes.pop_front() else { return };
            self.bytes -= oldest.bytes();
        }
    }
}

/// Error of a receiver that lagged behind and missed changes.
#[derive(Debug)]
pub(crate) struct Missed;

/// A subscription to status changes, in order.
#[derive(Debug)]
pub struct Changes(broadcast::Receiver<Change>);

impl Changes {
    /// Receives the next change, or `None` once the [`Health`](crate::Health) is dropped.
    ///
    /// A receiver that lags more than 256 changes behind misses the oldest of them.
    pub async fn next(&mut self) -> Option<Change> {
        loop {
            if let Ok(change) = self.next_or_missed().await {
                return change;
            }
        }
    }

    /// Receives the next change, or [`Missed`] once after changes were lost.
    pub(crate) async fn next_or_missed(&mut self) -> Result<Option<Change>, Missed> {
        match self.0.recv().await {
            Ok(change) => Ok(Some(change)),
            Err(RecvError::Closed) => Ok(None),
            Err(RecvError::Lagged(_)) => Err(Missed),
        }
    }

    fn next_blocking(&mut self) -> Option<Change> {
        loop {
            match self.0.blocking_recv() {
                Ok(change) => return Some(change),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

/// Calls `listener` for each of `changes` on a dedicated thread, until the sender is dropped.
pub(super) fn listen(mut changes: Changes, mut listener: impl FnMut(&Change) + Send + 'static) -> io::Result<()> {
    let listen = move || {
        while let Some(change) = changes.next_blocking() {
            if let Err(panicked) = catch_panic(|| listener(&change)) {
                log::emit(move || {
                    tracing::error!(reason = format!("panicked: {panicked}"), "health change listener panicked");
                });
            }
        }
    };
    thread::Builder::new().name("ops-listener".to_owned()).spawn(listen).map(drop)
}
