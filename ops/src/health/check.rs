//! One check of a runner: its function, the run in progress, and the results of the last runs.

use super::check_run::CheckRun;
use super::check_state::CheckState;
use super::journal::Journal;
use super::overrides::Override;
use super::report::CheckResult;
use super::run_result::{RunOutcome, RunResult};
use super::saturating_time::{after, rounded};
use crate::descriptor::{CheckDescriptor, CheckKind, Status};
use crate::health::{CheckContext, CheckFn, Outcome, RegisteredCheck};
use ops_core::unwind::{IgnorePoison, catch_panic, catch_panic_async};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::Instant;

/// A result is reused for ten times as long as it took: a slow check costs a bounded share of a thread.
const REUSE_FACTOR: u32 = 10;

/// No result is reused for longer.
const LONGEST_REUSE: Duration = Duration::from_secs(1);

/// One check of a runner.
pub(super) struct Check {
    registered: Arc<RegisteredCheck>,
    journal: Arc<Journal>,
    state: Mutex<CheckState>,
}

/// The answer to a caller who wants a result.
pub(super) enum Asked {
    /// No run to wait for: what is known is the answer.
    Nothing,
    /// The run in progress.
    Joined(Arc<CheckRun>),
    /// A new run, for the caller to start.
    Begun(Arc<CheckRun>),
}

impl Check {
    pub(super) fn new(registered: Arc<RegisteredCheck>, journal: Arc<Journal>) -> Self {
        let state = Mutex::new(CheckState::new(registered.descriptor()));
        Check { registered, journal, state }
    }

    /// Returns what the check declares.
    pub(super) fn descriptor(&self) -> &CheckDescriptor {
        self.registered.descriptor()
    }

    /// Returns `true` if this is the runner's side of `registered`.
    pub(super) fn is_of(&self, registered: &Arc<RegisteredCheck>) -> bool {
        Arc::ptr_eq(&self.registered, registered)
    }

    /// Decides for a probe: reuses a recent result, joins the run in progress, or begins one. A periodic check is never run
    /// for a probe, which waits for its first result alone.
    pub(super) fn ask(&self) -> Asked {
        let now = Instant::now();
        let mut state = self.state();
        let is_periodic = self.descriptor().interval.is_some();
        if let Some(current) = &state.current {
            let is_awaited = !current.has_result() && (!is_periodic || state.last.is_none());
            return if is_awaited { Asked::Joined(current.clone()) } else { Asked::Nothing };
        }
        let is_recent = |last: &Arc<RunResult>| now < after(last.at, reuse(last.duration));
        if is_periodic || state.last.as_ref().is_some_and(is_recent) {
            return Asked::Nothing;
        }
        Asked::Begun(begin(&mut state, self.descriptor().timeout))
    }

    /// Joins the run in progress, or begins one that may take `limit`.
    pub(super) fn ask_now(&self, limit: Duration) -> Asked {
        let mut state = self.state();
        match &state.current {
            Some(current) if current.has_result() => Asked::Nothing,
            Some(current) => Asked::Joined(current.clone()),
            None => Asked::Begun(begin(&mut state, limit)),
        }
    }

    /// Returns `true` if a run has once let the program be started.
    pub(super) fn has_passed(&self) -> bool {
        self.state().passed.is_some()
    }

    /// Returns `true` if the function blocks its thread.
    pub(super) fn is_blocking(&self) -> bool {
        matches!(self.registered.function(), Some(CheckFn::Blocking(_)))
    }

    /// Runs an `async` check once; a panic is a failure.
    pub(super) async fn run(&self, context: CheckContext) -> RunOutcome {
        let Some(CheckFn::Async(check)) = self.registered.function() else { return self.run_blocking(context) };
        match catch_panic(|| check(context)) {
            Ok(future) => catch_panic_async(future).await.map_or_else(RunOutcome::from, RunOutcome::from),
            Err(panicked) => panicked.into(),
        }
    }

    /// Runs a blocking check once, on a thread that may block; a panic is a failure.
    pub(super) fn run_blocking(&self, context: CheckContext) -> RunOutcome {
        let Some(CheckFn::Blocking(check)) = self.registered.function() else {
            return Outcome::unhealthy("not a blocking check").into();
        };
        catch_panic(|| check(context)).map_or_else(RunOutcome::from, RunOutcome::from)
    }

    /// Ends `run` with `outcome`.
    pub(super) fn ended(&self, run: &Arc<CheckRun>, outcome: RunOutcome) {
        self.change(|state| {
            if state.current.as_ref().is_some_and(|current| Arc::ptr_eq(current, run)) {
                state.current = None;
            }
            // Under the lock, so that whoever sees the result of a run sees the check without it.
            state.record(self.descriptor(), run, outcome);
        });
    }

    /// Reports `outcome` for `run`, which goes on.
    pub(super) fn overdue(&self, run: &Arc<CheckRun>, outcome: RunOutcome) {
        self.change(|state| state.record(self.descriptor(), run, outcome));
    }

    /// Sets the override, or clears it.
    pub(super) fn set_override(&self, new: Option<Override>) {
        self.change(|state| state.active_override = new);
    }

    /// Returns the override that is active, and the status that was reported last.
    pub(super) fn active_override(&self) -> Option<(Override, Status)> {
        let state = self.state();
        let active = state.active_override.clone().filter(|active| !active.has_expired(Instant::now()))?;
        Some((active, state.reported.0))
    }

    /// Takes over the override of the check of the same name before it, records that and logs it.
    pub(super) fn inherit_override(&self, (inherited, from): (Override, Status)) {
        let change = self.state().inherit_override(self.descriptor(), inherited, from);
        self.journal.record(change.clone());
        change.log();
    }

    /// Marks the check as removed: nothing is reported of it any more.
    pub(super) fn retire(&self) {
        self.state().retired = true;
    }

    /// Changes the state, then records and logs the change of status that follows from it.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut CheckState) -> T) -> T {
        let mut state = self.state();
        let result = change(&mut state);
        let reported = state.report_change(self.descriptor());
        if let Some(reported) = &reported {
            self.journal.record(reported.clone());
        }
        drop(state);
        if let Some(reported) = reported {
            reported.log();
        }
        result
    }

    /// Returns the result as a probe of `kind` reports it, or as a full report does.
    pub(super) fn result(&self, kind: Option<CheckKind>) -> CheckResult {
        self.state().result(self.descriptor(), kind)
    }

    /// Returns the result as a probe of `kind` reports it that cannot wait any longer for `run`.
    ///
    /// The last result is all that is known, but it is no longer plainly healthy once the run takes longer than the last one did:
    /// what is checked may have died since.
    pub(super) fn result_beside(&self, run: &CheckRun, kind: Option<CheckKind>) -> CheckResult {
        let last = self.result(kind);
        let took = run.duration();
        if last.status != Status::Healthy || last.active_override.is_some() || took <= last.duration || run.has_result()
        {
            return last;
        }
        let reason = format!(
            "no result after {:?}: the last one, {:?} ago, was healthy and took {:?}",
            rounded(took),
            rounded(last.age),
            rounded(last.duration)
        );
        CheckResult { ok: false, status: Status::Degraded, error: Some(reason), ..last }
    }

    /// Returns the result for a caller who cannot wait any longer for `run`.
    pub(super) fn result_without(&self, run: &CheckRun, reason: String) -> CheckResult {
        CheckResult {
            ok: false,
            status: Status::Unhealthy.counted(self.descriptor().critical),
            error: Some(reason),
            duration: run.elapsed(),
            age: Duration::ZERO,
            ..self.result(None)
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, CheckState> {
        self.state.lock().ignore_poison()
    }
}

/// Begins a run. The caller starts it without the lock: a runtime that has shut down drops the task at once, which ends the
/// run.
fn begin(state: &mut CheckState, limit: Duration) -> Arc<CheckRun> {
    let run = Arc::new(CheckRun::new(limit));
    state.current = Some(run.clone());
    run
}

/// Returns how long a result that took `duration` is reused.
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
