//! Detects a stalled runtime: a task beats on it, and a check on a thread of its own measures how late the beat is.

use super::saturating_time::{after, rounded};
use crate::health::Outcome;
use ops_core::unwind::IgnorePoison;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often the heart beats, where it is to be seen sooner than after ten beats: more often.
const LONGEST_BEAT: Duration = Duration::from_millis(100);

/// The last beat of a runtime, and the interval between beats.
pub(super) struct Heart {
    last: Mutex<Instant>,
    beat: Duration,
}

/// Beats on the present runtime until the check that reads the beats is gone.
pub(super) async fn beats(heart: Weak<Heart>) {
    while let Some(heart) = heart.upgrade() {
        *heart.last.lock().ignore_poison() = Instant::now();
        let beat = heart.beat;
        drop(heart);
        sleep(beat).await;
    }
}

impl Heart {
    /// A heart whose check fails when a beat is later than `limit`.
    pub(super) fn new(limit: Duration) -> Arc<Self> {
        let beat = (limit / 10).clamp(Duration::from_millis(1), LONGEST_BEAT);
        Arc::new(Heart { last: Mutex::new(Instant::now()), beat })
    }

    /// The outcome of the check.
    pub(super) fn outcome(&self, limit: Duration) -> Outcome {
        let last = *self.last.lock().ignore_poison();
        let late = Instant::now().saturating_duration_since(after(last, self.beat));
        let outcome = if late > limit {
            Outcome::unhealthy(format_args!(
                "the runtime does not get to its tasks: the last beat is {:?} late",
                rounded(late)
            ))
        } else {
            Outcome::healthy()
        };
        outcome.detail("late_seconds", late.as_secs_f64())
    }
}
