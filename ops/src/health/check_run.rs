//! One run of a check: its limit, its deadline, and the result that all callers wait for.

use super::run_result::{RunEnd, RunOutcome, RunResult};
use super::saturating_time::{after, rounded};
use crate::health::Outcome;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// One run of a check, shared by what runs it, its supervisor and all callers who wait for its result (single-flight).
pub(super) struct CheckRun {
    asked: Instant,
    limit: Duration,
    /// When it began: the concurrency limit may delay it.
    began: OnceLock<Instant>,
    timed_out: AtomicBool,
    result: watch::Sender<Option<Arc<RunResult>>>,
}

impl CheckRun {
    /// Creates a run that is asked for now and may take `limit`.
    pub(super) fn new(limit: Duration) -> Self {
        CheckRun {
            asked: Instant::now(),
            limit,
            began: OnceLock::new(),
            timed_out: AtomicBool::new(false),
            result: watch::Sender::new(None),
        }
    }

    /// Waits for the result until `limit`. Returns `true` if it is there. Cancel safe.
    pub(super) async fn has_result_by(&self, limit: Instant) -> bool {
        let mut result = self.result.subscribe();
        timeout_at(limit, result.wait_for(Option::is_some)).await.is_ok_and(|result| result.is_ok())
    }

    /// Returns `true` if the run has a result.
    pub(super) fn has_result(&self) -> bool {
        self.result.borrow().is_some()
    }

    /// Returns the time since the run was asked for.
    pub(super) fn elapsed(&self) -> Duration {
        self.asked.elapsed()
    }

    /// Returns the time since the run began.
    pub(super) fn duration(&self) -> Duration {
        self.began.get().map_or(Duration::ZERO, Instant::elapsed)
    }

    /// Publishes the result to all waiting callers.
    pub(super) fn publish(&self, result: Arc<RunResult>) {
        self.result.send_replace(Some(result));
    }

    /// Begins the run and returns its deadline.
    pub(super) fn begin(&self) -> Instant {
        after(*self.began.get_or_init(Instant::now), self.limit)
    }

    /// Marks the run as timed out.
    pub(super) fn time_out(&self) {
        self.timed_out.store(true, Ordering::Relaxed);
    }

    /// The reason shown for a run that has timed out and cannot be stopped.
    pub(super) fn overdue_reason(&self) -> String {
        format!("timed out after {:?} and still runs", rounded(self.limit))
    }

    /// The outcome of a run that was stopped.
    pub(super) fn stopped(&self) -> RunOutcome {
        if self.timed_out.load(Ordering::Relaxed) {
            RunOutcome::new(RunEnd::TimedOut, timed_out(self.limit))
        } else {
            let reason = "stopped before it was done: the runtime that it ran on, or was asked from, shut down";
            RunOutcome::new(RunEnd::Stopped, Outcome::unhealthy(reason))
        }
    }
}

/// The outcome of a run that took longer than `limit`.
pub(super) fn timed_out(limit: Duration) -> Outcome {
    Outcome::unhealthy(format_args!("timed out after {:?}", rounded(limit)))
}
