//! Detection of stalled runtimes by their heartbeat.
//!
//! A task on the runtime records heartbeats; a check on a dedicated thread measures their delay.

use super::saturating_time::{after, rounded};
use crate::health::Outcome;
use ops_core::unwind::IgnorePoison;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Maximum interval between heartbeats; a tenth of the check's limit if that is shorter.
const MAX_INTERVAL: Duration = Duration::from_millis(100);

/// The last heartbeat of a runtime, and the interval between heartbeats.
pub(super) struct Heartbeat {
    last: Mutex<Instant>,
    interval: Duration,
}

/// Records heartbeats on the current runtime until the check is dropped.
pub(super) async fn record_beats(heartbeat: Weak<Heartbeat>) {
    while let Some(heartbeat) = heartbeat.upgrade() {
        *heartbeat.last.lock().ignore_poison() = Instant::now();
        let interval = heartbeat.interval;
        drop(heartbeat);
        sleep(interval).await;
    }
}

impl Heartbeat {
    /// Creates the heartbeat for a check that fails when a beat is late by more than `limit`.
    pub(super) fn new(limit: Duration) -> Arc<Self> {
        let interval = (limit / 10).clamp(Duration::from_millis(1), MAX_INTERVAL);
        Arc::new(Heartbeat { last: Mutex::new(Instant::now()), interval })
    }

    /// Returns the outcome of the check.
    pub(super) fn outcome(&self, limit: Duration) -> Outcome {
        let last = *self.last.lock().ignore_poison();
        let late = Instant::now().saturating_duration_since(after(last, self.interval));
        let outcome = if late > limit {
            Outcome::unhealthy(format_args!("tokio runtime stalled: the last heartbeat is {:?} late", rounded(late)))
        } else {
            Outcome::healthy()
        };
        outcome.detail("late_seconds", late.as_secs_f64())
    }
}
