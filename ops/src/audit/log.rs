//! The log: one thread that writes, a short queue before it, and the latest lines for who asks.

use super::chain::Link;
use super::file_sink::FileSink;
use super::record::Record;
use super::shares::Shares;
use super::sink::Sink;
use crate::error::ErrorChain;
use ops_core::unwind::{IgnorePoison, catch_panic};
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::oneshot;

/// How many records wait to be written.
const WAITING: usize = 1024;
/// How many of the latest lines are kept in memory.
const LATEST: usize = 256;

/// The audit log of one API.
pub(crate) struct AuditLog {
    queue: SyncSender<QueuedRecord>,
    kept: Arc<Mutex<Kept>>,
    shares: Mutex<Shares>,
    is_file: bool,
}

/// The record was not written, so what it is about must not happen.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused;

struct QueuedRecord {
    /// Nothing where somebody only wants to know that all before it is written.
    record: Option<Record>,
    written: Option<oneshot::Sender<bool>>,
}

/// What is told of the log.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// The latest lines, the oldest first.
    pub(crate) latest: VecDeque<String>,
    /// How many records could not be written.
    pub(crate) lost: u64,
    /// What the last write said that failed.
    pub(crate) failure: Option<String>,
}

impl Kept {
    /// Keeps a line that is written.
    fn written(&mut self, line: String) {
        if self.latest.len() == LATEST {
            self.latest.pop_front();
        }
        self.latest.push_back(line);
        self.failure = None;
    }

    /// Counts a record that could not be written. Returns `true` if the reason is another one than before.
    fn failed(&mut self, error: &str) -> bool {
        self.lost += 1;
        let is_new = self.failure.as_deref() != Some(error);
        self.failure = Some(error.to_owned());
        is_new
    }
}

impl AuditLog {
    /// A log in the file at `path`, that goes on where the file ends.
    pub(crate) fn file(path: &Path) -> io::Result<AuditLog> {
        let (sink, link) = FileSink::open(path)?;
        Ok(AuditLog { is_file: true, ..AuditLog::start(Box::new(sink), link)? })
    }

    /// A log that `sink` takes from its first line on.
    pub(crate) fn new(sink: Box<dyn Sink>) -> io::Result<AuditLog> {
        AuditLog::start(sink, Link::start())
    }

    fn start(sink: Box<dyn Sink>, link: Link) -> io::Result<AuditLog> {
        let (queue, entries) = sync_channel(WAITING);
        let kept = Arc::new(Mutex::new(Kept::default()));
        let writer = Writer { sink, link, kept: kept.clone() };
        thread::Builder::new().name("ops-audit".to_owned()).spawn(move || writer.write_all(&entries))?;
        Ok(AuditLog { queue, kept, shares: Mutex::default(), is_file: false })
    }

    /// Returns `true` if the log is in a file, which may be rotated.
    pub(crate) fn is_file(&self) -> bool {
        self.is_file
    }

    /// Writes `record` before what it is about happens.
    ///
    /// # Errors
    /// [`Refused`] if it is not written after `patience`.
    pub(crate) async fn require(&self, record: Record, patience: Duration) -> Result<(), Refused> {
        let (written, is_written) = oneshot::channel();
        self.send(QueuedRecord { record: Some(record), written: Some(written) })?;
        match tokio::time::timeout(patience, is_written).await {
            Ok(Ok(true)) => Ok(()),
            _ => Err(Refused),
        }
    }

    /// Writes `record` when there is time.
    pub(crate) fn note(&self, record: Record) {
        // That it is lost is counted.
        let _ = self.send(QueuedRecord { record: Some(record), written: None });
    }

    /// The same for what `user`, or somebody who is not known, may cause as often as they like: each has a share of the log.
    pub(crate) fn note_in_share(&self, user: Option<&str>, record: Record) {
        self.note_in_share_at(user, record, Instant::now());
    }

    fn note_in_share_at(&self, user: Option<&str>, mut record: Record, now: Instant) {
        let taken = self.shares.lock().ignore_poison().take(user, now);
        if let Some(suppressed) = taken {
            record.suppressed = suppressed;
            self.note(record);
        }
    }

    /// Returns when all before it is written, or after `patience`.
    pub(crate) async fn flush(&self, patience: Duration) {
        let flushed = async {
            loop {
                let (written, is_written) = oneshot::channel();
                if self.send(QueuedRecord { record: None, written: Some(written) }).is_ok() {
                    return is_written.await.is_ok();
                }
                // The queue is full, so there is something to wait for.
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let _in_time = tokio::time::timeout(patience, flushed).await;
    }

    /// What is told of the log.
    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().ignore_poison()
    }

    fn send(&self, entry: QueuedRecord) -> Result<(), Refused> {
        self.queue.try_send(entry).map_err(|error| {
            if let TrySendError::Full(QueuedRecord { record: Some(_), .. })
            | TrySendError::Disconnected(QueuedRecord { record: Some(_), .. }) = error
            {
                self.kept().lost += 1;
            }
            Refused
        })
    }
}

struct Writer {
    sink: Box<dyn Sink>,
    link: Link,
    kept: Arc<Mutex<Kept>>,
}

impl Writer {
    fn write_all(mut self, entries: &Receiver<QueuedRecord>) {
        for QueuedRecord { record, written } in entries {
            let is_written = record.is_none_or(|record| self.write(&record));
            if let Some(written) = written {
                let _ = written.send(is_written);
            }
        }
    }

    fn write(&mut self, record: &Record) -> bool {
        let result =
            self.link.line(record, SystemTime::now()).map_err(io::Error::other).and_then(|(mut line, next)| {
                line.push('\n');
                catch_panic(|| self.sink.write(&line))
                    .unwrap_or_else(|_message| Err(io::Error::other("the sink panicked")))?;
                line.pop();
                Ok((line, next))
            });
        match result {
            Ok((line, next)) => {
                self.link = next;
                self.kept.lock().ignore_poison().written(line);
                true
            }
            Err(error) => {
                let error = ErrorChain(&error).to_string();
                // Told after the lock is released: the thread of the server takes it too, and a log may block.
                if self.kept.lock().ignore_poison().failed(&error) {
                    tracing::error!(error, "the audit log cannot be written: nothing can be changed until it can");
                }
                false
            }
        }
    }
}

impl fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditLog").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod rotation_tests;
#[cfg(test)]
mod tests;
