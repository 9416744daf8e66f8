//! One registered check: what it runs, the run in progress and what the last ones came to.

use super::flight::{Finished, Flight, launch};
use super::instant::after;
use super::panic::{Contained, contain, contain_future};
use super::resource::Resources;
use super::{CheckContext, CheckFuture, Outcome};
use crate::descriptor::{CheckDescriptor, CheckKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::Instant;

/// A result is reused for ten times as long as it took: a slow check costs a bounded share of a thread.
const REUSE_FACTOR: u32 = 10;

/// No result is reused for longer.
const LONGEST_REUSE: Duration = Duration::from_secs(1);

/// One registered check.
pub(super) struct Check {
    pub(super) descriptor: CheckDescriptor,
    body: Contained<Body>,
    state: Mutex<State>,
}

/// What a check runs.
pub(super) enum Body {
    Async(Box<dyn Fn(CheckContext) -> CheckFuture + Send + Sync>),
    Blocking(Box<dyn Fn(CheckContext) -> Outcome + Send + Sync>),
}

#[derive(Default)]
struct State {
    /// The one run in progress; it may have a result already and not be over.
    current: Option<Arc<Flight>>,
    last: Option<Arc<Finished>>,
    /// The first result that let the program be started.
    passed: Option<Arc<Finished>>,
}

/// Where the result of a check comes from.
pub(super) enum Source {
    /// It is there.
    Known(Arc<Finished>),
    /// It comes from a run in progress.
    Awaited(Arc<Flight>),
    /// It does not come: a run that cannot be stopped is past its time.
    Overdue(Arc<Flight>),
}

impl Check {
    pub(super) fn new(descriptor: CheckDescriptor, body: Body) -> Self {
        Check { descriptor, body: Contained::new(body), state: Mutex::default() }
    }

    /// What is known, if that is recent enough to be reused; otherwise a run.
    pub(super) fn recent(self: &Arc<Self>, runtime: &Handle, resources: &Arc<Resources>) -> Source {
        let now = Instant::now();
        let is_recent = |last: &Finished| now < after(last.at, reuse(last.duration));
        self.source(is_recent, now, self.descriptor.timeout, runtime, resources)
    }

    /// A run: the one in progress, or else a new one that may take `limit`.
    pub(super) fn fresh(self: &Arc<Self>, limit: Duration, runtime: &Handle, resources: &Arc<Resources>) -> Source {
        self.source(|_| false, Instant::now(), limit, runtime, resources)
    }

    fn source(
        self: &Arc<Self>,
        is_good: impl Fn(&Finished) -> bool,
        now: Instant,
        limit: Duration,
        runtime: &Handle,
        resources: &Arc<Resources>,
    ) -> Source {
        let deadline = after(now, limit);
        let mut state = self.state();
        if let Some(current) = &state.current {
            let current = current.clone();
            return if current.is_overdue() { Source::Overdue(current) } else { Source::Awaited(current) };
        }
        if let Some(last) = state.last.as_ref().filter(|last| is_good(last)) {
            return Source::Known(last.clone());
        }
        let flight = Arc::new(Flight::new(now, deadline));
        state.current = Some(flight.clone());
        // A runtime that has shut down drops the task in the call below, which ends the run: the lock must be free.
        drop(state);
        launch(self, &flight, runtime, CheckContext::sharing(resources.clone(), deadline.into_std()));
        Source::Awaited(flight)
    }

    /// What the last run came to.
    pub(super) fn last(&self) -> Option<Arc<Finished>> {
        self.state().last.clone()
    }

    /// The first result that let the program be started.
    pub(super) fn passed(&self) -> Option<Arc<Finished>> {
        self.state().passed.clone()
    }

    pub(super) fn is_blocking(&self) -> bool {
        matches!(self.body.get(), Some(Body::Blocking(_)))
    }

    /// One run of an `async` check.
    pub(super) async fn run(&self, context: CheckContext) -> Outcome {
        let Some(Body::Async(check)) = self.body.get() else { return self.run_blocking(context) };
        match contain(|| check(context)) {
            Ok(future) => contain_future(future).await,
            Err(panicked) => panicked,
        }
    }

    /// One run of a blocking check, on a thread that may block.
    pub(super) fn run_blocking(&self, context: CheckContext) -> Outcome {
        let Some(Body::Blocking(check)) = self.body.get() else { return Outcome::unhealthy("not a blocking check") };
        contain(|| check(context)).unwrap_or_else(|panicked| panicked)
    }

    /// Ends `flight` with `outcome`: its task is over.
    pub(super) fn ended(&self, flight: &Arc<Flight>, outcome: Outcome) {
        let mut state = self.state();
        if state.current.as_ref().is_some_and(|current| Arc::ptr_eq(current, flight)) {
            state.current = None;
        }
        self.remember(&mut state, flight, outcome);
    }

    /// Reports `flight` with `outcome` while its task goes on.
    pub(super) fn overdue(&self, flight: &Arc<Flight>, outcome: Outcome) {
        self.remember(&mut self.state(), flight, outcome);
    }

    /// Under the lock, so that whoever sees the result of a run sees the check without it.
    fn remember(&self, state: &mut State, flight: &Arc<Flight>, outcome: Outcome) {
        // A result that comes after the time was over is none.
        let Some(finished) = flight.finish(outcome) else { return };
        if self.descriptor.kind == CheckKind::Startup
            && finished.outcome.status().counted(self.descriptor.critical).is_serving()
        {
            state.passed.get_or_insert_with(|| finished.clone());
        }
        state.last = Some(finished);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a result is reused that took `duration`.
fn reuse(duration: Duration) -> Duration {
    duration.saturating_mul(REUSE_FACTOR).min(LONGEST_REUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_reused_for_ten_times_its_duration_and_a_second_at_most() {
        for (took, reused) in [(0, 0), (1, 10), (99, 990), (100, 1000), (2000, 1000), (u64::MAX, 1000)] {
            assert_eq!(reuse(Duration::from_millis(took)), Duration::from_millis(reused), "{took} ms");
        }
    }
}
