//! A single run of a check: its deadline and the result that all callers wait for (single-flight).

use super::run_result::{RunEnd, RunOutcome, RunResult};
use super::saturating_time::{after, rounded};
use crate::health::Outcome;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// A run of a check, shared by its task, its supervisor and all waiting callers (single-flight).
pub(super) struct CheckRun {
    requested: Instant,
    limit: Duration,
    /// The start time, which the concurrency limit may delay.
    began: OnceLock<Instant>,
    timed_out: AtomicBool,
    result: watch::Sender<Option<Arc<RunResult>>>,
}

impl CheckRun {
    /// Creates a run that is requested now and times out `limit` after it begins.
    pub(super) fn new(limit: Duration) -> Self {
        CheckRun {
            requested: Instant::now(),
            limit,
            began: OnceLock::new(),
            timed_out: AtomicBool::new(false),
            result: watch::Sender::new(None),
        }
    }

    /// Waits for the result until `deadline`. Returns `true` if the run has one. Cancel safe.
    pub(super) async fn has_result_by(&self, deadline: Instant) -> bool {
        let mut result = self.result.subscribe();
        timeout_at(deadline, result.wait_for(Option::is_some)).await.is_ok_and(|result| result.is_ok())
    }

    /// Returns `true` if the run has a result.
    pub(super) fn has_result(&self) -> bool {
        self.result.borrow().is_some()
    }

    /// Returns the time since the run was requested.
    pub(super) fn elapsed(&self) -> Duration {
        self.requested.elapsed()
    }

    /// Returns the time since the run began, or zero before that.
    pub(super) fn duration(&self) -> Duration {
        self.began.get().map_or(Duration::ZERO, Instant::elapsed)
    }

    /// Publishes the result to all waiting callers.
    pub(super) fn publish(&self, result: Arc<RunResult>) {
        self.result.send_replace(Some(result));
    }

    /// Records the start of the run and returns its deadline.
    pub(super) fn begin(&self) -> Instant {
        after(*self.began.get_or_init(Instant::now), self.limit)
    }

    /// Marks the run as timed out.
    pub(super) fn time_out(&self) {
        self.timed_out.store(true, Ordering::Relaxed);
    }

    /// Returns the reason reported for a run that has timed out and is still running.
    pub(super) fn overdue_reason(&self) -> String {
        format!("timed out after {:?} and is still running", rounded(self.limit))
    }

    /// Returns the outcome of a run that was stopped by its timeout or by a runtime shutdown.
    pub(super) fn stopped(&self) -> RunOutcome {
        if self.timed_out.load(Ordering::Relaxed) {
            RunOutcome::new(RunEnd::TimedOut, timed_out(self.limit))
        } else {
            let reason = "canceled: the tokio runtime of the check or of its caller shut down";
            RunOutcome::new(RunEnd::Stopped, Outcome::unhealthy(reason))
        }
    }
}

/// Returns the outcome of a run that exceeded `limit`.
pub(super) fn timed_out(limit: Duration) -> Outcome {
    Outcome::unhealthy(format_args!("timed out after {:?}", rounded(limit)))
}
