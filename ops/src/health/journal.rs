//! What has changed: kept for a while, and told to whoever listens.

use super::change::Change;
use crate::log;
use ops_core::unwind::{IgnorePoison, catch_panic};
use std::collections::VecDeque;
use std::io;
use std::sync::Mutex;
use std::thread;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// How much the history may take, in bytes.
const HISTORY_BYTES: usize = 64 * 1024;

/// How many changes a listener may be behind before it misses some.
const BEHIND: usize = 256;

/// The last changes, and those who hear of the next ones.
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
        Journal { history: Mutex::default(), changes: broadcast::Sender::new(BEHIND) }
    }
}

impl Journal {
    /// Keeps `change` and tells it. Calls no foreign code, and so it may be called under a lock.
    pub(super) fn record(&self, change: Change) {
        self.history.lock().ignore_poison().push(change.clone());
        // An error means that nobody listens.
        let _ = self.changes.send(change);
    }

    /// Returns the kept changes, oldest first.
    pub(super) fn history(&self) -> Vec<Change> {
        self.history.lock().ignore_poison().changes.iter().cloned().collect()
    }

    /// Returns the changes from now on.
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

/// Some changes came faster than they were taken.
#[derive(Debug)]
pub(crate) struct Missed;

/// The changes from a moment on, in order.
#[derive(Debug)]
pub struct Changes(broadcast::Receiver<Change>);

impl Changes {
    /// The next change; `None` when the [`Health`](crate::Health) is gone. Whoever is 256 changes behind misses the oldest of them.
    pub async fn next(&mut self) -> Option<Change> {
        loop {
            if let Ok(change) = self.next_or_missed().await {
                return change;
            }
        }
    }

    /// The next change, or that some were missed.
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

/// Calls `listener` with each of `changes` on a thread of its own, until there are no more.
pub(super) fn listen(mut changes: Changes, mut listener: impl FnMut(&Change) + Send + 'static) -> io::Result<()> {
    let listen = move || {
        while let Some(change) = changes.next_blocking() {
            if let Err(panicked) = catch_panic(|| listener(&change)) {
                log::emit(move || {
                    tracing::error!(reason = format!("panicked: {panicked}"), "a listener to changes of health failed");
                });
            }
        }
    };
    thread::Builder::new().name("ops-listener".to_owned()).spawn(listen).map(drop)
}
