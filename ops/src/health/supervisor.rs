//! Supervision of runs: starts them and enforces their deadlines.
//!
//! An `async` check is a task on the application's runtime; a blocking check has a dedicated thread.

use super::check::{Check, RunDecision};
use super::check_run::CheckRun;
use super::run_result::RunOutcome;
use super::saturating_time::after;
use crate::health::{CheckContext, Outcome, Resources};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// Grace period after the deadline in which a run may stop before it is reported as overdue.
///
/// Callers wait slightly longer than the deadline, so that they receive the published result.
pub(super) const GRACE: Duration = Duration::from_millis(10);

/// The environment in which checks run.
#[derive(Clone)]
pub(super) struct RunEnv {
    /// The application's runtime.
    pub(super) runtime: Handle,
    pub(super) resources: Arc<Resources>,
    /// Limits the number of concurrent runs.
    pub(super) concurrency: Arc<Semaphore>,
}

/// Runs `check` for a probe unless its last result can be reused. Returns the run, if any.
pub(super) fn run_for_probe(check: &Arc<Check>, env: &RunEnv) -> Option<Arc<CheckRun>> {
    start(check, check.request_for_probe(), env)
}

/// Runs `check` with the timeout `limit`, or joins the run in progress. Returns the run, if any.
pub(super) fn run_now(check: &Arc<Check>, limit: Duration, env: &RunEnv) -> Option<Arc<CheckRun>> {
    start(check, check.request_run(limit), env)
}

fn start(check: &Arc<Check>, decision: RunDecision, env: &RunEnv) -> Option<Arc<CheckRun>> {
    match decision {
        RunDecision::NoRun => None,
        RunDecision::Join(run) => Some(run),
        RunDecision::Start(run) => {
            let guard = RunGuard { check: check.clone(), run: run.clone(), outcome: None };
            // Spawned on the caller's runtime, so that a stalled application cannot delay the deadline.
            tokio::spawn(supervise(check.clone(), run.clone(), guard, env.clone()));
            Some(run)
        }
    }
}

async fn supervise(check: Arc<Check>, run: Arc<CheckRun>, guard: RunGuard, env: RunEnv) {
    // The permit is released when the run is overdue, so a hanging check does not hold it. The semaphore is never closed.
    let Ok(_permit) = env.concurrency.acquire_owned().await else { return };
    let deadline = run.begin();
    let context = CheckContext::with_resources(env.resources, deadline.into_std());
    let task = if check.is_blocking() {
        start_thread(guard, context, env.runtime);
        None
    } else {
        let task = env.runtime.spawn(async move {
            let outcome = guard.check.run(context).await;
            guard.finish(outcome);
        });
        Some(AbortOnDrop(task.abort_handle()))
    };
    if run.has_result_by(deadline).await {
        return;
    }
    run.time_out();
    drop(task);
    if !run.has_result_by(after(Instant::now(), GRACE)).await {
        // The check blocks its thread: it is reported as overdue, and no second run starts until this one ends.
        check.record_overdue(&run, run.stopped());
    }
}

/// Runs a blocking check on a dedicated thread.
///
/// Hanging checks would exhaust the blocking pool of the runtime.
fn start_thread(guard: RunGuard, context: CheckContext, runtime: Handle) {
    let (check, run) = (guard.check.clone(), guard.run.clone());
    let body = move || {
        let _in_runtime = runtime.enter();
        let outcome = guard.check.run_blocking(context);
        guard.finish(outcome);
    };
    if let Err(error) = thread::Builder::new().name("ops-check".to_owned()).spawn(body) {
        check.record_end(&run, Outcome::unhealthy(format_args!("cannot spawn a thread for the check: {error}")).into());
    }
}

/// Aborts a task when dropped: at its deadline, or when the supervisor's runtime shuts down.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Guard that records the end of a run when dropped: on completion, abort or runtime shutdown.
struct RunGuard {
    check: Arc<Check>,
    run: Arc<CheckRun>,
    outcome: Option<RunOutcome>,
}

impl RunGuard {
    fn finish(mut self, outcome: RunOutcome) {
        self.outcome = Some(outcome);
    }
}

impl Drop for RunGuard {
    fn drop(&mut self) {
        let outcome = self.outcome.take().unwrap_or_else(|| self.run.stopped());
        self.check.record_end(&self.run, outcome);
    }
}
