//! What has changed: kept for a while, and told to whoever listens.

use super::change::Change;
use super::panic::contain;
use super::runner::Health;
use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
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
        self.history().push(change.clone());
        // An error means that nobody listens.
        let _ = self.changes.send(change);
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
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
    /// The next change; `None` when the [`Health`] is gone. Whoever is 256 changes behind misses the oldest of them.
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

impl Health {
    /// The last changes, oldest first: as many as there is room for in 64 KiB.
    pub fn history(&self) -> Vec<Change> {
        self.journal.history().changes.iter().cloned().collect()
    }

    /// The changes from now on.
    pub fn changes(&self) -> Changes {
        Changes(self.journal.changes.subscribe())
    }

    /// Calls `listener` with each change from now on, once and in order, on a thread of its own.
    ///
    /// No lock is held meanwhile: a listener may ask, register and deregister as it likes. One that hangs holds up nobody
    /// but itself, and one that panics is called again with the next change. The thread ends with this `Health`, which a
    /// listener should therefore not own.
    ///
    /// ```
    /// use ops::{Health, Status};
    /// use std::sync::mpsc;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let health = Health::new();
    /// let (told, tells) = mpsc::channel();
    /// health.on_change(move |change| drop(told.send((change.from, change.to))))?;
    ///
    /// health.register("db", |_context| async { Err::<(), _>("down") });
    /// health.check().await;
    /// assert_eq!(tells.recv(), Ok((Status::Unknown, Status::Unhealthy)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the system has no thread for it.
    pub fn on_change(&self, mut listener: impl FnMut(&Change) + Send + 'static) -> io::Result<()> {
        let mut changes = self.changes();
        let listen = move || {
            while let Some(change) = changes.next_blocking() {
                if let Err(panicked) = contain(|| listener(&change)) {
                    tracing::error!(reason = panicked.outcome.reason(), "a listener to changes of health failed");
                }
            }
        };
        thread::Builder::new().name("ops-listener".to_owned()).spawn(listen).map(drop)
    }
}
