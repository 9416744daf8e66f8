//! A stalled runtime is seen: a task beats on it, and a check that does not run on it looks how late the beat is.

use super::instant::{after, rounded};
use super::runner::Health;
use super::{HealthError, Outcome};
use crate::descriptor::CheckDescriptor;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

/// How often the heart beats, where it is to be seen sooner than after ten beats: more often.
const LONGEST_BEAT: Duration = Duration::from_millis(100);

/// When the heart beat last.
struct Heart {
    last: Mutex<Instant>,
    beat: Duration,
}

impl Health {
    /// Registers `check`, which fails while `runtime` does not get to its tasks for longer than `limit`: a worker that
    /// blocks, or one that spins, where there is no other. Meant for a descriptor of the kind `liveness`.
    ///
    /// The check has a thread of its own, so that it answers while the runtime does not. A task that beats at most ten times
    /// a second is spawned on `runtime`, until the check is taken out.
    ///
    /// ```
    /// use ops::{CheckDescriptor, CheckKind, Health};
    /// use std::time::Duration;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ops::HealthError> {
    /// let health = Health::new();
    /// let runtime = tokio::runtime::Handle::current();
    /// let check = CheckDescriptor::new("runtime").kind(CheckKind::Liveness);
    /// health.watch_runtime(check, &runtime, Duration::from_secs(5))?;
    /// assert!(health.check().await.checks["runtime"].ok);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`HealthError::Name`] if it is not the name of a check.
    pub fn watch_runtime(&self, check: CheckDescriptor, runtime: &Handle, limit: Duration) -> Result<(), HealthError> {
        let beat = (limit / 10).clamp(Duration::from_millis(1), LONGEST_BEAT);
        let heart = Arc::new(Heart { last: Mutex::new(Instant::now()), beat });
        let watched = Arc::downgrade(&heart);
        self.register_blocking(check, move |_context| heart.outcome(limit))?;
        runtime.spawn(beats(watched, beat));
        Ok(())
    }
}

async fn beats(heart: Weak<Heart>, beat: Duration) {
    while let Some(heart) = heart.upgrade() {
        *heart.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        drop(heart);
        sleep(beat).await;
    }
}

impl Heart {
    fn outcome(&self, limit: Duration) -> Outcome {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
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
