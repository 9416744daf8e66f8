//! One run of a check: on the application's runtime, with its deadline kept by whoever asked for it.

use super::check::Check;
use super::instant::rounded;
use super::{CheckContext, Outcome};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

/// How long a check that is told to stop may take to do so before it counts as one that cannot be stopped.
///
/// Whoever waits for a run waits a little longer than its deadline, so that its result is the one that is published.
pub(super) const GRACE: Duration = Duration::from_millis(10);

/// What one run came to.
pub(super) struct Finished {
    pub(super) outcome: Outcome,
    pub(super) at: Instant,
    pub(super) duration: Duration,
}

/// One run of a check, shared by the task that runs it, its supervisor and all who wait for its result.
pub(super) struct Flight {
    started: Instant,
    deadline: Instant,
    timed_out: AtomicBool,
    result: watch::Sender<Option<Arc<Finished>>>,
}

impl Flight {
    pub(super) fn new(started: Instant, deadline: Instant) -> Self {
        Flight { started, deadline, timed_out: AtomicBool::new(false), result: watch::Sender::new(None) }
    }

    /// The result, if there is one by `limit`. To stop waiting costs nothing and leaves nothing behind.
    pub(super) async fn result_by(&self, limit: Instant) -> Option<Arc<Finished>> {
        let mut result = self.result.subscribe();
        let finished = timeout_at(limit, result.wait_for(Option::is_some)).await.ok()?.ok()?;
        finished.clone()
    }

    /// Whether it has a result and still runs.
    pub(super) fn is_overdue(&self) -> bool {
        self.result.borrow().is_some()
    }

    /// How long ago it was asked for.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Ends the run with `outcome`, for all who wait; nothing if it has ended before.
    pub(super) fn finish(&self, outcome: Outcome) -> Option<Arc<Finished>> {
        let at = Instant::now();
        let finished = Arc::new(Finished { outcome, at, duration: at.saturating_duration_since(self.started) });
        let first = self.result.send_if_modified(|result| {
            let first = result.is_none();
            if first {
                *result = Some(finished.clone());
            }
            first
        });
        first.then_some(finished)
    }

    /// What a run that was stopped came to.
    fn stopped(&self) -> Outcome {
        if self.timed_out.load(Ordering::Relaxed) {
            timed_out(self.deadline.saturating_duration_since(self.started))
        } else {
            Outcome::unhealthy("stopped before it was done: the runtime that it ran on, or was asked from, shut down")
        }
    }
}

/// What a run that took longer than `limit` came to.
pub(super) fn timed_out(limit: Duration) -> Outcome {
    Outcome::unhealthy(format_args!("timed out after {:?}", rounded(limit)))
}

/// Starts `flight`, a run of `check`: a task of its own on `runtime`, and a supervisor on the present runtime.
///
/// The supervisor keeps the deadline with a timer that the application cannot hold up.
pub(super) fn launch(check: &Arc<Check>, flight: &Arc<Flight>, runtime: &Handle, context: CheckContext) {
    let ending = Ending { check: check.clone(), flight: flight.clone(), outcome: None };
    let task = if check.is_blocking() {
        runtime.spawn_blocking(move || {
            let outcome = ending.check.run_blocking(context);
            ending.with(outcome);
        })
    } else {
        runtime.spawn(async move {
            let outcome = ending.check.run(context).await;
            ending.with(outcome);
        })
    };
    tokio::spawn(supervise(StoppedOnDrop(task), check.clone(), flight.clone()));
}

async fn supervise(mut task: StoppedOnDrop, check: Arc<Check>, flight: Arc<Flight>) {
    if timeout_at(flight.deadline, &mut task.0).await.is_ok() {
        return;
    }
    flight.timed_out.store(true, Ordering::Relaxed);
    task.0.abort();
    if timeout(GRACE, &mut task.0).await.is_err() {
        // It blocks its thread: it is reported now, and remains the check's only run until it ends.
        check.overdue(&flight, flight.stopped());
    }
}

/// A task that is not left behind when the runtime of its supervisor shuts down.
struct StoppedOnDrop(JoinHandle<()>);

impl Drop for StoppedOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Held by the task: however the task ends, so does the run.
struct Ending {
    check: Arc<Check>,
    flight: Arc<Flight>,
    outcome: Option<Outcome>,
}

impl Ending {
    fn with(mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let outcome = self.outcome.take().unwrap_or_else(|| self.flight.stopped());
        self.check.ended(&self.flight, outcome);
    }
}
