//! The mutable state of a check, and the effective status that follows from it.

use super::change::Change;
use super::check_run::CheckRun;
use super::overrides::Override;
use super::report::CheckResult;
use super::run_result::{RunEnd, RunOutcome, RunResult};
use super::run_stats::RunStats;
use super::saturating_time::{after, rounded};
use super::verdict::Verdict;
use crate::descriptor::{CheckDescriptor, CheckKind, Status};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// Number of intervals without a new result after which the last result of a periodic check is stale.
const STALE_AFTER: u32 = 3;

/// The mutable state of a check.
pub(super) struct CheckState {
    /// The run in progress, which already has a result if it missed its deadline and cannot be stopped.
    pub(super) current: Option<Arc<CheckRun>>,
    pub(super) last: Option<Arc<RunResult>>,
    /// The first result that satisfied the startup condition.
    pub(super) passed: Option<Arc<RunResult>>,
    pub(super) verdict: Verdict,
    pub(super) stats: RunStats,
    pub(super) active_override: Option<Override>,
    pub(super) registered: Instant,
    /// The next scheduled run of a periodic check.
    pub(super) due: Instant,
    /// The last reported status, and the time at which it took effect.
    pub(super) reported: (Status, SystemTime),
    /// `true` once the check is removed; its changes are no longer reported.
    pub(super) retired: bool,
}

impl CheckState {
    /// Creates the state of a check that is registered now.
    pub(super) fn new(descriptor: &CheckDescriptor) -> Self {
        let now = Instant::now();
        CheckState {
            current: None,
            last: None,
            passed: None,
            verdict: Verdict::new(descriptor.initial),
            stats: RunStats::default(),
            active_override: None,
            registered: now,
            due: now,
            reported: (descriptor.initial.counted(descriptor.critical), SystemTime::now()),
            retired: false,
        }
    }

    /// Records the outcome of `run`, unless the run already has a result, such as a timeout.
    pub(super) fn record(&mut self, descriptor: &CheckDescriptor, run: &CheckRun, ran: RunOutcome) {
        if run.has_result() {
            return;
        }
        let status = if ran.outcome.is_applicable() {
            self.verdict.record(ran.outcome.status(), descriptor)
        } else {
            // A run that does not apply resets the thresholds, as after registration.
            self.verdict = Verdict::new(descriptor.initial);
            Status::Healthy
        };
        let result = Arc::new(RunResult {
            status,
            at: Instant::now(),
            time: SystemTime::now(),
            duration: run.duration(),
            outcome: ran.outcome,
            end: ran.end,
        });
        self.stats.count(&result);
        if status.counted(descriptor.critical).is_serving() && result.end != RunEnd::Stopped {
            self.passed.get_or_insert_with(|| result.clone());
        }
        self.last = Some(result.clone());
        run.publish(result);
    }

    /// Returns the change of the effective status since the last call, if any.
    pub(super) fn report_change(&mut self, descriptor: &CheckDescriptor) -> Option<Change> {
        let (status, reason) = self.effective_status(descriptor, Instant::now());
        let (from, to) = (self.reported.0, status.counted(descriptor.critical));
        if self.retired || from == to {
            return None;
        }
        let (check, at) = (Some(descriptor.name().to_owned()), SystemTime::now());
        let change = Change { at, check, from, to, reason: reason.map(|reason| reason.to_string()) };
        self.reported = (to, at);
        Some(change)
    }

    /// Returns the effective status, and the reason if there is one.
    ///
    /// In order of precedence, it is determined by an override, an overdue run, staleness, or the last result.
    pub(super) fn effective_status<'a>(
        &'a self,
        descriptor: &CheckDescriptor,
        now: Instant,
    ) -> (Status, Option<Cow<'a, str>>) {
        if let Some(active) = self.active_override.as_ref().filter(|active| !active.has_expired(now)) {
            return (active.status, Some(format!("overridden: {}", active.reason).into()));
        }
        if let Some(current) = self.current.as_ref().filter(|current| current.has_result()) {
            return (Status::Unhealthy, Some(current.overdue_reason().into()));
        }
        if let Some(interval) = descriptor.interval.filter(|_| self.stale_at(descriptor).is_some_and(|at| now >= at)) {
            let reason = format!("no result for more than {STALE_AFTER} intervals of {:?}", rounded(interval));
            return (Status::Unknown, Some(reason.into()));
        }
        let Some(last) = &self.last else { return self.initial_status(descriptor) };
        let reason = match last.outcome.reason() {
            Some(reason) => Some(reason.into()),
            None if last.status.is_serving() => None,
            None => {
                let (successes, needed) = (self.verdict.consecutive_runs(), descriptor.success_threshold);
                Some(format!("{successes} of {needed} consecutive successes").into())
            }
        };
        (last.status, reason)
    }

    /// Returns the status before the first result, and its reason.
    fn initial_status<'a>(&self, descriptor: &CheckDescriptor) -> (Status, Option<Cow<'a, str>>) {
        let initial = descriptor.initial;
        let reason = match &self.current {
            _ if initial == Status::Healthy => None,
            None => Some("no result yet".into()),
            Some(first) => {
                Some(format!("no result yet: the first run has taken {:?} so far", rounded(first.elapsed())).into())
            }
        };
        (initial, reason)
    }

    /// Takes over the override of the replaced check. Returns the change to record.
    pub(super) fn inherit_override(
        &mut self,
        descriptor: &CheckDescriptor,
        inherited: Override,
        from: Status,
    ) -> Change {
        let (to, at) = (inherited.status.counted(descriptor.critical), SystemTime::now());
        let reason = Some(format!("re-registered; still overridden: {}", inherited.reason));
        self.active_override = Some(inherited);
        self.reported = (to, at);
        Change { at, check: Some(descriptor.name().to_owned()), from, to, reason }
    }

    /// Returns the time at which the last result of a periodic check becomes stale.
    pub(super) fn stale_at(&self, descriptor: &CheckDescriptor) -> Option<Instant> {
        let interval = descriptor.interval?;
        let since = self.last.as_ref().map_or(self.registered, |last| last.at);
        Some(after(since, interval.saturating_mul(STALE_AFTER)))
    }

    /// Returns the result for a probe of `kind`, or for a full report if `kind` is `None`.
    pub(super) fn result(&self, descriptor: &CheckDescriptor, kind: Option<CheckKind>) -> CheckResult {
        let now = Instant::now();
        let startup_pass = if kind == Some(CheckKind::Startup) { self.passed.as_ref() } else { None };
        let (status, reason) = match startup_pass {
            Some(passed) => (passed.status, passed.outcome.reason().map(Cow::from)),
            None => self.effective_status(descriptor, now),
        };
        let last = startup_pass.or(self.last.as_ref());
        let running = self.current.as_ref().filter(|current| last.is_none() || current.has_result());
        let counted = status.counted(descriptor.critical);
        let grace_until = after(self.registered, descriptor.grace);
        let active_override = self.active_override.clone().filter(|active| !active.has_expired(now));
        let is_in_grace_period = kind == Some(CheckKind::Liveness) && self.passed.is_none() && now < grace_until;
        let reflects_last_run = active_override.is_none() && status == Status::Healthy;
        CheckResult {
            ok: status == Status::Healthy,
            not_applicable: reflects_last_run && last.is_some_and(|last| !last.outcome.is_applicable()),
            status: if is_in_grace_period { counted.min(Status::Degraded) } else { counted },
            error: reason.map(Cow::into_owned),
            critical: descriptor.critical,
            kind: descriptor.kinds,
            duration: running.map_or_else(|| last.map_or(Duration::ZERO, |last| last.duration), |run| run.elapsed()),
            age: last
                .filter(|_| running.is_none())
                .map_or(Duration::ZERO, |last| now.saturating_duration_since(last.at)),
            details: last.map(|last| last.outcome.details().clone()).unwrap_or_default(),
            active_override,
        }
    }
}
