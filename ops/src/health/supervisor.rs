//! Starts runs of checks and keeps their deadlines: an `async` check is a task on the application's runtime, a blocking
//! one has a thread of its own.

use super::check::{Asked, Check};
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

/// The time that a check has to stop after its deadline before it counts as one that cannot be stopped.
///
/// Callers wait a little longer than the deadline of a run, so that its result is the one that is published.
pub(super) const GRACE: Duration = Duration::from_millis(10);

/// Where checks run, and with what.
#[derive(Clone)]
pub(super) struct RunEnv {
    /// The runtime of the application.
    pub(super) runtime: Handle,
    pub(super) resources: Arc<Resources>,
    /// Limits how many checks run at once.
    pub(super) concurrency: Arc<Semaphore>,
}

/// Runs `check` for a probe unless its last result may be reused. Returns the run to wait for, if there is one that ends in
/// time.
pub(super) fn run_for_probe(check: &Arc<Check>, env: &RunEnv) -> Option<Arc<CheckRun>> {
    start(check, check.ask(), env)
}

/// Runs `check` for at most `limit`, or joins the run in progress. Returns the run to wait for, if there is one that ends in
/// time.
pub(super) fn run_now(check: &Arc<Check>, limit: Duration, env: &RunEnv) -> Option<Arc<CheckRun>> {
    start(check, check.ask_now(limit), env)
}

fn start(check: &Arc<Check>, asked: Asked, env: &RunEnv) -> Option<Arc<CheckRun>> {
    match asked {
        Asked::Nothing => None,
        Asked::Joined(run) => Some(run),
        Asked::Begun(run) => {
            let ending = Ending { check: check.clone(), run: run.clone(), outcome: None };
            // On the present runtime: the application cannot hold up the timer of the deadline.
            tokio::spawn(supervise(check.clone(), run.clone(), ending, env.clone()));
            Some(run)
        }
    }
}

async fn supervise(check: Arc<Check>, run: Arc<CheckRun>, ending: Ending, env: RunEnv) {
    // A run that hangs gives its permit back when it is overdue. The semaphore is never closed.
    let Ok(_permit) = env.concurrency.acquire_owned().await else { return };
    let deadline = run.begin();
    let context = CheckContext::with_resources(env.resources, deadline.into_std());
    let task = if check.is_blocking() {
        start_thread(ending, context, env.runtime);
        None
    } else {
        let task = env.runtime.spawn(async move {
            let outcome = ending.check.run(context).await;
            ending.with(outcome);
        });
        Some(AbortOnDrop(task.abort_handle()))
    };
    if run.has_result_by(deadline).await {
        return;
    }
    run.time_out();
    drop(task);
    if !run.has_result_by(after(Instant::now(), GRACE)).await {
        // It blocks its thread: it is reported now, and remains the check's only run until it ends.
        check.overdue(&run, run.stopped());
    }
}

/// A blocking check has a thread for the time of its run: one that hangs takes none from a pool of the application's.
fn start_thread(ending: Ending, context: CheckContext, runtime: Handle) {
    let (check, run) = (ending.check.clone(), ending.run.clone());
    let body = move || {
        let _in_runtime = runtime.enter();
        let outcome = ending.check.run_blocking(context);
        ending.with(outcome);
    };
    if let Err(error) = thread::Builder::new().name("ops-check".to_owned()).spawn(body) {
        check.ended(&run, Outcome::unhealthy(format_args!("there is no thread to run it on: {error}")).into());
    }
}

/// Aborts a task when its time is over, or the runtime of its supervisor shuts down.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Held by what runs: however that ends, so does the run.
struct Ending {
    check: Arc<Check>,
    run: Arc<CheckRun>,
    outcome: Option<RunOutcome>,
}

impl Ending {
    fn with(mut self, outcome: RunOutcome) {
        self.outcome = Some(outcome);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let outcome = self.outcome.take().unwrap_or_else(|| self.run.stopped());
        self.check.ended(&self.run, outcome);
    }
}
