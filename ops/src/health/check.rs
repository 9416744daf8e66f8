//! One registered check: what it runs, the run in progress and what the last ones came to.

use super::change::Change;
use super::flight::{Flight, Ground, launch};
use super::forced::Forced;
use super::instant::after;
use super::journal::Journal;
use super::panic::{Contained, contain, contain_future};
use super::run::{End, Finished, Ran, Tally};
use super::verdict::Verdict;
use super::{CheckContext, CheckFuture, Outcome};
use crate::descriptor::{CheckDescriptor, Status};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// A result is reused for ten times as long as it took: a slow check costs a bounded share of a thread.
const REUSE_FACTOR: u32 = 10;

/// No result is reused for longer.
const LONGEST_REUSE: Duration = Duration::from_secs(1);

/// One registered check.
pub(super) struct Check {
    pub(super) descriptor: CheckDescriptor,
    body: Contained<Body>,
    journal: Arc<Journal>,
    state: Mutex<State>,
}

/// What a check runs.
pub(super) enum Body {
    Async(Box<dyn Fn(CheckContext) -> CheckFuture + Send + Sync>),
    Blocking(Box<dyn Fn(CheckContext) -> Outcome + Send + Sync>),
}

/// What is known of a check.
pub(super) struct State {
    /// The one run in progress; it may have a result already and not be over.
    pub(super) current: Option<Arc<Flight>>,
    pub(super) last: Option<Arc<Finished>>,
    /// The first result that let the program be started.
    pub(super) passed: Option<Arc<Finished>>,
    pub(super) verdict: Verdict,
    pub(super) tally: Tally,
    pub(super) forced: Option<Forced>,
    pub(super) registered: Instant,
    /// When it is run next, if it is periodic.
    pub(super) due: Instant,
    /// What was told last of it, and since when it is so.
    pub(super) told: (Status, SystemTime),
    /// It was taken out: nothing is told of it any more.
    retired: bool,
}

impl Check {
    pub(super) fn new(descriptor: CheckDescriptor, body: Body, journal: Arc<Journal>) -> Self {
        let now = Instant::now();
        let state = State {
            current: None,
            last: None,
            passed: None,
            verdict: Verdict::new(descriptor.initial),
            tally: Tally::default(),
            forced: None,
            registered: now,
            due: now,
            told: (descriptor.initial.counted(descriptor.critical), SystemTime::now()),
            retired: false,
        };
        Check { descriptor, body: Contained::new(body), journal, state: Mutex::new(state) }
    }

    /// Runs it for a probe, unless what is known is recent enough to be reused; the run to wait for, if there is one that
    /// ends in time. A periodic one is never run for a probe, which waits for its first result alone.
    pub(super) fn ask(self: &Arc<Self>, ground: &Ground) -> Option<Arc<Flight>> {
        let now = Instant::now();
        let state = self.state();
        if let Some(current) = &state.current {
            let is_awaited = !current.has_result() && (self.descriptor.every.is_none() || state.last.is_none());
            return is_awaited.then(|| current.clone());
        }
        let is_recent = |last: &Arc<Finished>| now < after(last.at, reuse(last.duration));
        if self.descriptor.every.is_some() || state.last.as_ref().is_some_and(is_recent) {
            return None;
        }
        Some(self.start(state, self.descriptor.timeout, ground))
    }

    /// Runs it, for at most `limit`, or joins the run in progress; the run to wait for, if there is one that ends in time.
    pub(super) fn run_now(self: &Arc<Self>, limit: Duration, ground: &Ground) -> Option<Arc<Flight>> {
        let state = self.state();
        match &state.current {
            Some(current) if current.has_result() => None,
            Some(current) => Some(current.clone()),
            None => Some(self.start(state, limit, ground)),
        }
    }

    fn start(self: &Arc<Self>, mut state: MutexGuard<'_, State>, limit: Duration, ground: &Ground) -> Arc<Flight> {
        let flight = Arc::new(Flight::new(limit));
        state.current = Some(flight.clone());
        // A runtime that has shut down drops the task in the call below, which ends the run: the lock must be free.
        drop(state);
        launch(self, &flight, ground.clone());
        flight
    }

    /// Whether it has once been what lets a program start.
    pub(super) fn has_passed(&self) -> bool {
        self.state().passed.is_some()
    }

    pub(super) fn is_blocking(&self) -> bool {
        matches!(self.body.get(), Some(Body::Blocking(_)))
    }

    /// One run of an `async` check.
    pub(super) async fn run(&self, context: CheckContext) -> Ran {
        let Some(Body::Async(check)) = self.body.get() else { return self.run_blocking(context) };
        match contain(|| check(context)) {
            Ok(future) => contain_future(future).await,
            Err(panicked) => panicked,
        }
    }

    /// One run of a blocking check, on a thread that may block.
    pub(super) fn run_blocking(&self, context: CheckContext) -> Ran {
        let Some(Body::Blocking(check)) = self.body.get() else {
            return Outcome::unhealthy("not a blocking check").into();
        };
        contain(|| check(context)).map_or_else(|panicked| panicked, Ran::from)
    }

    /// Ends `flight`, which came to `ran`.
    pub(super) fn ended(&self, flight: &Arc<Flight>, ran: Ran) {
        self.change(|state| {
            if state.current.as_ref().is_some_and(|current| Arc::ptr_eq(current, flight)) {
                state.current = None;
            }
            self.remember(state, flight, ran);
        });
    }

    /// Reports that `flight` came to `ran` while it goes on.
    pub(super) fn overdue(&self, flight: &Arc<Flight>, ran: Ran) {
        self.change(|state| self.remember(state, flight, ran));
    }

    /// Under the lock, so that whoever sees the result of a run sees the check without it.
    fn remember(&self, state: &mut State, flight: &Flight, ran: Ran) {
        // A result that comes after the time was over is none.
        if flight.has_result() {
            return;
        }
        let status = state.verdict.take(ran.outcome.status(), &self.descriptor);
        let finished = Arc::new(Finished {
            status,
            at: Instant::now(),
            time: SystemTime::now(),
            duration: flight.duration(),
            outcome: ran.outcome,
            end: ran.end,
        });
        state.tally.count(&finished);
        if status.counted(self.descriptor.critical).is_serving() && finished.end != End::Stopped {
            state.passed.get_or_insert_with(|| finished.clone());
        }
        state.last = Some(finished.clone());
        flight.publish(finished);
    }

    /// Forces a status upon it, or takes that back.
    pub(super) fn force(&self, forced: Option<Forced>) {
        self.change(|state| state.forced = forced);
    }

    /// Takes it out: nothing is told of it any more.
    pub(super) fn retire(&self) {
        self.state().retired = true;
    }

    /// Changes what is known, and tells what has become of it.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let result = change(&mut state);
        let told = self.tell(&mut state);
        drop(state);
        // What reads the log is foreign code.
        if let Some(told) = told {
            told.log();
        }
        result
    }

    fn tell(&self, state: &mut State) -> Option<Change> {
        let (status, reason) = self.standing(state, Instant::now());
        let (from, to) = (state.told.0, status.counted(self.descriptor.critical));
        if state.retired || from == to {
            return None;
        }
        let (check, at) = (Some(self.descriptor.name().to_owned()), SystemTime::now());
        let change = Change { at, check, from, to, reason: reason.map(|reason| reason.to_string()) };
        state.told = (to, at);
        self.journal.record(change.clone());
        Some(change)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
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
