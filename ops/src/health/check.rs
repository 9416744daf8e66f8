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

/// Ratio of reuse time to run duration, which bounds the share of a thread that a slow check occupies.
const REUSE_FACTOR: u32 = 10;

/// Maximum time for which a result is reused.
const MAX_REUSE: Duration = Duration::from_secs(1);

/// A registered check: its function, its state and the journal that records its status changes.
pub(super) struct Check {
    registered: Arc<RegisteredCheck>,
    journal: Arc<Journal>,
    state: Mutex<CheckState>,
}

/// The way in which a request for a result is served.
pub(super) enum RunDecision {
    /// The known result is used without waiting for a run.
    NoRun,
    /// The caller waits for the run in progress.
    Join(Arc<CheckRun>),
    /// The caller must start this new run.
    Start(Arc<CheckRun>),
}

impl Check {
    pub(super) fn new(registered: Arc<RegisteredCheck>, journal: Arc<Journal>) -> Self {
        let state = Mutex::new(CheckState::new(registered.descriptor()));
        Check { registered, journal, state }
    }

    /// Returns the descriptor of the check.
    pub(super) fn descriptor(&self) -> &CheckDescriptor {
        self.registered.descriptor()
    }

    /// Returns `true` if this check executes `registered`, rather than its replacement.
    pub(super) fn is_registered_as(&self, registered: &Arc<RegisteredCheck>) -> bool {
        Arc::ptr_eq(&self.registered, registered)
    }

    /// Requests a result for a probe: a recent result, the run in progress, or a new run.
    ///
    /// A probe never starts a run of a periodic check, and waits for its first run only.
    pub(super) fn request_for_probe(&self) -> RunDecision {
        let now = Instant::now();
        let mut state = self.state();
        let is_periodic = self.descriptor().interval.is_some();
        if let Some(current) = &state.current {
            let is_awaited = !current.has_result() && (!is_periodic || state.last.is_none());
            return if is_awaited { RunDecision::Join(current.clone()) } else { RunDecision::NoRun };
        }
        let is_recent = |last: &Arc<RunResult>| now < after(last.at, reuse(last.duration));
        if is_periodic || state.last.as_ref().is_some_and(is_recent) {
            return RunDecision::NoRun;
        }
        RunDecision::Start(begin(&mut state, self.descriptor().timeout))
    }

    /// Requests the run in progress, or a new run with the timeout `limit`.
    pub(super) fn request_run(&self, limit: Duration) -> RunDecision {
        let mut state = self.state();
        match &state.current {
            Some(current) if current.has_result() => RunDecision::NoRun,
            Some(current) => RunDecision::Join(current.clone()),
            None => RunDecision::Start(begin(&mut state, limit)),
        }
    }

    /// Returns `true` if a run has passed, which completes a startup check.
    pub(super) fn has_passed(&self) -> bool {
        self.state().passed.is_some()
    }

    /// Returns `true` if the check function blocks its thread.
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

    /// Runs a blocking check once on the current thread; a panic is a failure.
    pub(super) fn run_blocking(&self, context: CheckContext) -> RunOutcome {
        let Some(CheckFn::Blocking(check)) = self.registered.function() else {
            return Outcome::unhealthy("not a blocking check").into();
        };
        catch_panic(|| check(context)).map_or_else(RunOutcome::from, RunOutcome::from)
    }

    /// Ends `run` with `outcome`.
    pub(super) fn record_end(&self, run: &Arc<CheckRun>, outcome: RunOutcome) {
        self.change(|state| {
            if state.current.as_ref().is_some_and(|current| Arc::ptr_eq(current, run)) {
                state.current = None;
            }
            // Cleared under the same lock, so that a caller that sees the result never sees the finished run as current.
            state.record(self.descriptor(), run, outcome);
        });
    }

    /// Records `outcome` for `run`, which has missed its deadline and is still running.
    pub(super) fn record_overdue(&self, run: &Arc<CheckRun>, outcome: RunOutcome) {
        self.change(|state| state.record(self.descriptor(), run, outcome));
    }

    /// Sets or clears the override.
    pub(super) fn set_override(&self, new: Option<Override>) {
        self.change(|state| state.active_override = new);
    }

    /// Returns the active override and the last reported status.
    pub(super) fn active_override(&self) -> Option<(Override, Status)> {
        let state = self.state();
        let active = state.active_override.clone().filter(|active| !active.has_expired(Instant::now()))?;
        Some((active, state.reported.0))
    }

    /// Takes over the override of the replaced check of the same name, and records and logs the change.
    pub(super) fn inherit_override(&self, (inherited, from): (Override, Status)) {
        let change = self.state().inherit_override(self.descriptor(), inherited, from);
        self.journal.record(change.clone());
        change.log();
    }

    /// Marks the check as removed, so that no further changes are reported.
    pub(super) fn retire(&self) {
        self.state().retired = true;
    }

    /// Modifies the state, then records and logs the resulting status change.
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

    /// Returns the result for a probe of `kind`, or for a full report if `kind` is `None`.
    pub(super) fn result(&self, kind: Option<CheckKind>) -> CheckResult {
        self.state().result(self.descriptor(), kind)
    }

    /// Returns the result for a probe of `kind` whose budget ended before `run` did.
    ///
    /// This is the last result. If it was healthy and `run` has already taken longer than the last run, it counts as degraded,
    /// because the checked component may have failed since.
    pub(super) fn result_during(&self, run: &CheckRun, kind: Option<CheckKind>) -> CheckResult {
        let last = self.result(kind);
        let elapsed = run.duration();
        if last.status != Status::Healthy
            || last.active_override.is_some()
            || elapsed <= last.duration
            || run.has_result()
        {
            return last;
        }
        let reason = format!(
            "no result after {:?}: the last one, {:?} ago, was healthy and took {:?}",
            rounded(elapsed),
            rounded(last.age),
            rounded(last.duration)
        );
        CheckResult { ok: false, status: Status::Degraded, error: Some(reason), ..last }
    }

    /// Returns the result for a caller whose limit ended before `run` did.
    pub(super) fn result_after_limit(&self, run: &CheckRun, reason: String) -> CheckResult {
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

/// Creates a run, which the caller must start after releasing the lock.
///
/// If the runtime has shut down, spawning drops the task immediately, which ends the run and acquires the lock.
fn begin(state: &mut CheckState, limit: Duration) -> Arc<CheckRun> {
    let run = Arc::new(CheckRun::new(limit));
    state.current = Some(run.clone());
    run
}

/// Returns the time for which the result of a run of this duration is reused.
fn reuse(duration: Duration) -> Duration {
    duration.saturating_mul(REUSE_FACTOR).min(MAX_REUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_is_reused_for_ten_times_its_duration_capped_at_one_second() {
        for (took, reused) in [(0, 0), (1, 10), (99, 990), (100, 1000), (2000, 1000), (u64::MAX, 1000)] {
            assert_eq!(reuse(Duration::from_millis(took)), Duration::from_millis(reused), "{took} ms");
        }
    }
}
