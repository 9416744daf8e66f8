//! The audit log: a writer thread with a bounded queue, and the latest lines in memory.

use super::chain::Link;
use super::file_sink::FileSink;
use super::rate_limiter::RateLimiter;
use super::record::Record;
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

/// Maximum number of queued records.
const MAX_QUEUED: usize = 1024;
/// Maximum number of recent lines in memory.
const MAX_RECENT: usize = 256;

/// The audit log of one API.
pub(crate) struct AuditLog {
    queue: SyncSender<QueuedRecord>,
    status: Arc<Mutex<LogStatus>>,
    rate_limiter: Mutex<RateLimiter>,
    is_file: bool,
}

/// The record was not written in time, so the recorded mutation must not run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused;

struct QueuedRecord {
    /// `None` for a flush request.
    record: Option<Record>,
    /// Receives `true` once the record is written, or `false` if the write failed.
    written: Option<oneshot::Sender<bool>>,
}

/// The recent lines and the error state of the log.
#[derive(Debug, Default)]
pub(crate) struct LogStatus {
    /// Latest lines, oldest first.
    pub(crate) latest: VecDeque<String>,
    /// Number of lost records.
    pub(crate) lost: u64,
    /// Error of the last write, if it failed.
    pub(crate) failure: Option<String>,
}

impl LogStatus {
    /// Stores a written line.
    fn written(&mut self, line: String) {
        if self.latest.len() == MAX_RECENT {
            self.latest.pop_front();
        }
        self.latest.push_back(line);
        self.failure = None;
    }

    /// Counts a lost record. Returns `true` if the error differs from the previous one.
    fn failed(&mut self, error: &str) -> bool {
        self.lost += 1;
        let is_new = self.failure.as_deref() != Some(error);
        self.failure = Some(error.to_owned());
        is_new
    }
}

impl AuditLog {
    /// Opens the log in the file at `path` and continues its chain.
    pub(crate) fn file(path: &Path) -> io::Result<AuditLog> {
        let (sink, link) = FileSink::open(path)?;
        Ok(AuditLog { is_file: true, ..AuditLog::start(Box::new(sink), link)? })
    }

    /// Creates a log that writes to `sink`, with a new chain.
    pub(crate) fn new(sink: Box<dyn Sink>) -> io::Result<AuditLog> {
        AuditLog::start(sink, Link::start())
    }

    fn start(sink: Box<dyn Sink>, link: Link) -> io::Result<AuditLog> {
        let (queue, entries) = sync_channel(MAX_QUEUED);
        let status = Arc::new(Mutex::new(LogStatus::default()));
        let writer = Writer { sink, link, status: status.clone() };
        thread::Builder::new().name("ops-audit".to_owned()).spawn(move || writer.write_all(&entries))?;
        Ok(AuditLog { queue, status, rate_limiter: Mutex::default(), is_file: false })
    }

    /// Returns `true` if the log is a file, which may be rotated.
    pub(crate) fn is_file(&self) -> bool {
        self.is_file
    }

    /// Writes `record` and waits until it is written.
    ///
    /// # Errors
    /// [`Refused`] if it is not written within `timeout`. It may still be written later.
    pub(crate) async fn write(&self, record: Record, timeout: Duration) -> Result<(), Refused> {
        let (written, is_written) = oneshot::channel();
        self.send(QueuedRecord { record: Some(record), written: Some(written) })?;
        match tokio::time::timeout(timeout, is_written).await {
            Ok(Ok(true)) => Ok(()),
            _ => Err(Refused),
        }
    }

    /// Queues `record` without waiting until it is written.
    pub(crate) fn enqueue(&self, record: Record) {
        // On error, `send` counts the lost record.
        let _ = self.send(QueuedRecord { record: Some(record), written: None });
    }

    /// Queues `record` subject to the rate limit of `user`, or of all unauthenticated callers.
    ///
    /// For events that any caller can cause in large numbers, such as failed logins.
    pub(crate) fn enqueue_rate_limited(&self, user: Option<&str>, record: Record) {
        self.enqueue_rate_limited_at(user, record, Instant::now());
    }

    fn enqueue_rate_limited_at(&self, user: Option<&str>, mut record: Record, now: Instant) {
        let admitted = self.rate_limiter.lock().ignore_poison().admit(user, now);
        if let Some(suppressed) = admitted {
            record.suppressed = suppressed;
            self.enqueue(record);
        }
    }

    /// Waits until all queued records are written, at most for `timeout`.
    pub(crate) async fn flush(&self, timeout: Duration) {
        let flushed = async {
            loop {
                let (written, is_written) = oneshot::channel();
                if self.send(QueuedRecord { record: None, written: Some(written) }).is_ok() {
                    return is_written.await.is_ok();
                }
                // The queue is full, or the writer has exited: retried until the timeout.
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let _in_time = tokio::time::timeout(timeout, flushed).await;
    }

    /// Locks the recent lines and the error state.
    pub(crate) fn status(&self) -> MutexGuard<'_, LogStatus> {
        self.status.lock().ignore_poison()
    }

    fn send(&self, entry: QueuedRecord) -> Result<(), Refused> {
        self.queue.try_send(entry).map_err(|error| {
            if let TrySendError::Full(QueuedRecord { record: Some(_), .. })
            | TrySendError::Disconnected(QueuedRecord { record: Some(_), .. }) = error
            {
                self.status().lost += 1;
            }
            Refused
        })
    }
}

struct Writer {
    sink: Box<dyn Sink>,
    link: Link,
    status: Arc<Mutex<LogStatus>>,
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
                self.status.lock().ignore_poison().written(line);
                true
            }
            Err(error) => {
                let error = ErrorChain(&error).to_string();
                // Logged without holding the lock that server threads take, because a log subscriber may block.
                if self.status.lock().ignore_poison().failed(&error) {
                    tracing::error!(error, "audit log write failed: mutations are refused until a write succeeds");
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
