//! One run of a check, with its deadline kept by whoever asked for it: an `async` one as a task on the application's
//! runtime, a blocking one on a thread of its own.

use super::check::Check;
use super::instant::{after, rounded};
use super::resource::Resources;
use super::run::{End, Finished, Ran};
use super::{CheckContext, Outcome};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

/// How long a check that is told to stop may take to do so before it counts as one that cannot be stopped.
///
/// Whoever waits for a run waits a little longer than its deadline, so that its result is the one that is published.
pub(super) const GRACE: Duration = Duration::from_millis(10);

/// One run of a check, shared by what runs it, its supervisor and all who wait for its result.
pub(super) struct Flight {
    asked: Instant,
    limit: Duration,
    /// When it began: there may be no place for it at first.
    began: OnceLock<Instant>,
    timed_out: AtomicBool,
    result: watch::Sender<Option<Arc<Finished>>>,
}

impl Flight {
    /// A run that is asked for now and may take `limit`.
    pub(super) fn new(limit: Duration) -> Self {
        Flight {
            asked: Instant::now(),
            limit,
            began: OnceLock::new(),
            timed_out: AtomicBool::new(false),
            result: watch::Sender::new(None),
        }
    }

    /// Waits for the result, until `limit`; whether it is there. To stop waiting costs nothing and leaves nothing behind.
    pub(super) async fn has_result_by(&self, limit: Instant) -> bool {
        let mut result = self.result.subscribe();
        timeout_at(limit, result.wait_for(Option::is_some)).await.is_ok_and(|result| result.is_ok())
    }

    /// Whether it has a result.
    pub(super) fn has_result(&self) -> bool {
        self.result.borrow().is_some()
    }

    /// How long ago it was asked for.
    pub(super) fn elapsed(&self) -> Duration {
        self.asked.elapsed()
    }

    /// How long it has been running.
    pub(super) fn duration(&self) -> Duration {
        self.began.get().map_or(Duration::ZERO, Instant::elapsed)
    }

    /// Gives it its result, for all who wait.
    pub(super) fn publish(&self, finished: Arc<Finished>) {
        self.result.send_replace(Some(finished));
    }

    /// Begins it; its deadline.
    fn begin(&self) -> Instant {
        after(*self.began.get_or_init(Instant::now), self.limit)
    }

    /// Why it is a failure that it has a result and is not over.
    pub(super) fn overdue_reason(&self) -> String {
        format!("timed out after {:?} and still runs", rounded(self.limit))
    }

    /// What a run that was stopped came to.
    fn stopped(&self) -> Ran {
        if self.timed_out.load(Ordering::Relaxed) {
            Ran::new(End::TimedOut, timed_out(self.limit))
        } else {
            let reason = "stopped before it was done: the runtime that it ran on, or was asked from, shut down";
            Ran::new(End::Stopped, Outcome::unhealthy(reason))
        }
    }
}

/// What a run that took longer than `limit` came to.
pub(super) fn timed_out(limit: Duration) -> Outcome {
    Outcome::unhealthy(format_args!("timed out after {:?}", rounded(limit)))
}

/// Where checks run, and what with.
#[derive(Clone)]
pub(super) struct Ground {
    /// The runtime of the application.
    pub(super) runtime: Handle,
    pub(super) resources: Arc<Resources>,
    /// Places for checks that run at once.
    pub(super) places: Arc<Semaphore>,
}

/// Starts `flight`, a run of `check`, with a supervisor on the present runtime.
///
/// The supervisor keeps the deadline with a timer that the application cannot hold up.
pub(super) fn launch(check: &Arc<Check>, flight: &Arc<Flight>, ground: Ground) {
    let ending = Ending { check: check.clone(), flight: flight.clone(), ran: None };
    tokio::spawn(supervise(check.clone(), flight.clone(), ending, ground));
}

async fn supervise(check: Arc<Check>, flight: Arc<Flight>, ending: Ending, ground: Ground) {
    // A run that hangs gives its place back when it is overdue. The semaphore is never closed.
    let Ok(_place) = ground.places.acquire_owned().await else { return };
    let deadline = flight.begin();
    let context = CheckContext::sharing(ground.resources, deadline.into_std());
    let task = if check.is_blocking() {
        start_thread(ending, context, ground.runtime);
        None
    } else {
        let task = ground.runtime.spawn(async move {
            let ran = ending.check.run(context).await;
            ending.with(ran);
        });
        Some(StoppedOnDrop(task.abort_handle()))
    };
    if flight.has_result_by(deadline).await {
        return;
    }
    flight.timed_out.store(true, Ordering::Relaxed);
    drop(task);
    if !flight.has_result_by(after(Instant::now(), GRACE)).await {
        // It blocks its thread: it is reported now, and remains the check's only run until it ends.
        check.overdue(&flight, flight.stopped());
    }
}

/// A blocking check has a thread for the time of its run: one that hangs takes none from a pool of the application's.
fn start_thread(ending: Ending, context: CheckContext, runtime: Handle) {
    let (check, flight) = (ending.check.clone(), ending.flight.clone());
    let run = move || {
        let _in_runtime = runtime.enter();
        let ran = ending.check.run_blocking(context);
        ending.with(ran);
    };
    if let Err(error) = thread::Builder::new().name("ops-check".to_owned()).spawn(run) {
        check.ended(&flight, Outcome::unhealthy(format_args!("there is no thread to run it on: {error}")).into());
    }
}

/// A task that is not left behind when its time is over, or the runtime of its supervisor shuts down.
struct StoppedOnDrop(AbortHandle);

impl Drop for StoppedOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Held by what runs: however that ends, so does the run.
struct Ending {
    check: Arc<Check>,
    flight: Arc<Flight>,
    ran: Option<Ran>,
}

impl Ending {
    fn with(mut self, ran: Ran) {
        self.ran = Some(ran);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let ran = self.ran.take().unwrap_or_else(|| self.flight.stopped());
        self.check.ended(&self.flight, ran);
    }
}
