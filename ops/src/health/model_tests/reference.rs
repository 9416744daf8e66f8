//! Reference model of the runner, derived from its documentation.
//!
//! It has no tasks, locks or wakers: a run is represented by its end time, and the current time is a parameter.

use crate::descriptor::{CheckDescriptor, CheckKind, Status};
use crate::health::run_result::RunEnd;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// The outcome that a run will report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScriptedOutcome {
    Healthy,
    Degraded,
    Unhealthy,
    NotApplicable,
    Panic,
}

impl ScriptedOutcome {
    fn end(self) -> RunEnd {
        match self {
            ScriptedOutcome::Healthy | ScriptedOutcome::NotApplicable => RunEnd::Healthy,
            ScriptedOutcome::Degraded => RunEnd::Degraded,
            ScriptedOutcome::Unhealthy => RunEnd::Unhealthy,
            ScriptedOutcome::Panic => RunEnd::Panicked,
        }
    }
}

/// The behavior of a check function: reports `outcome` after `duration`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Behavior {
    pub(super) duration: Duration,
    pub(super) outcome: ScriptedOutcome,
}

/// The visible part of a check's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CheckView {
    pub(super) status: Status,
    pub(super) ok: bool,
    pub(super) not_applicable: bool,
    pub(super) is_overridden: bool,
    pub(super) duration: Duration,
    pub(super) age: Duration,
}

/// A status change, as `(from, to)`.
pub(super) type Transition = (Status, Status);

/// A run in progress.
#[derive(Clone, Copy, Debug)]
struct Run {
    began: Instant,
    ends: Instant,
    /// The outcome; `None` if the run times out.
    outcome: Option<ScriptedOutcome>,
}

/// The result of a run.
#[derive(Clone, Copy, Debug)]
struct Finished {
    status: Status,
    is_applicable: bool,
    at: Instant,
    took: Duration,
}

/// The status of an override and its expiry time.
pub(super) type ActiveOverride = (Status, Instant);

/// A registered check.
#[derive(Debug)]
pub(super) struct Check {
    descriptor: CheckDescriptor,
    registered: Instant,
    /// The last run started by the scheduler.
    scheduled: Option<Instant>,
    run: Option<Run>,
    last: Option<Finished>,
    passed: Option<Finished>,
    /// The status decided by the thresholds.
    verdict: Status,
    /// The result and the number of the most recent runs with the same result.
    streak: (bool, u32),
    overridden: Option<ActiveOverride>,
    /// The last reported status.
    reported: Status,
    pub(super) transitions: Vec<Transition>,
    pub(super) ends: Vec<RunEnd>,
    pub(super) total: Duration,
}

impl Check {
    pub(super) fn new(descriptor: CheckDescriptor, now: Instant) -> Self {
        Check {
            registered: now,
            scheduled: None,
            run: None,
            last: None,
            passed: None,
            verdict: descriptor.initial,
            streak: (false, 0),
            overridden: None,
            reported: descriptor.initial.counted(descriptor.critical),
            transitions: Vec::new(),
            ends: Vec::new(),
            total: Duration::ZERO,
            descriptor,
        }
    }

    pub(super) fn is_of(&self, kind: CheckKind) -> bool {
        self.descriptor.kinds.contains(kind)
    }

    pub(super) fn has_passed(&self) -> bool {
        self.passed.is_some()
    }

    pub(super) fn is_running(&self) -> bool {
        self.run.is_some()
    }

    /// Returns the active override and the last reported status, for inheritance by a new registration.
    pub(super) fn active_override(&self, now: Instant) -> Option<(ActiveOverride, Status)> {
        Some((self.overridden.filter(|(_, expires)| now < *expires)?, self.reported))
    }

    /// Inherits an override. The change is reported even if the status stays the same.
    pub(super) fn inherit(&mut self, (overridden, from): (ActiveOverride, Status)) {
        self.overridden = Some(overridden);
        self.reported = overridden.0.counted(self.descriptor.critical);
        self.transitions.push((from, self.reported));
    }

    pub(super) fn set_override(&mut self, overridden: Option<ActiveOverride>, now: Instant) {
        self.overridden = overridden;
        self.report(now);
    }

    /// Begins a run unless one is in progress. Returns its end time.
    pub(super) fn begin(&mut self, now: Instant, behavior: Behavior) -> Instant {
        let (duration, timeout) = (behavior.duration, self.descriptor.timeout);
        let outcome = (duration < timeout).then_some(behavior.outcome);
        self.run.get_or_insert(Run { began: now, ends: now + duration.min(timeout), outcome }).ends
    }

    /// Begins or joins a run for a probe unless the last result is reused. Returns its end time.
    pub(super) fn begin_for_probe(&mut self, now: Instant, behavior: Behavior) -> Option<Instant> {
        let is_periodic = self.descriptor.interval.is_some();
        let is_reused = |last: Finished| now < last.at + (last.took * 10).min(Duration::from_secs(1));
        match self.run {
            Some(run) => (!is_periodic || self.last.is_none()).then_some(run.ends),
            None if is_periodic || self.last.is_some_and(is_reused) => None,
            None => Some(self.begin(now, behavior)),
        }
    }

    /// Returns `true` if jitter decides whether the scheduler runs the check at `now`.
    pub(super) fn is_uncertain(&self, now: Instant) -> bool {
        let (Some(interval), Some(scheduled)) = (self.descriptor.interval, self.scheduled) else { return false };
        (interval.mul_f64(0.9)..=interval.mul_f64(1.1)).contains(&(now - scheduled))
    }

    /// Models the scheduler: reports changes due to time, and runs a periodic check if due.
    pub(super) fn turn(&mut self, now: Instant, behavior: Behavior) {
        self.report(now);
        let Some(interval) = self.descriptor.interval else { return };
        if self.scheduled.is_none_or(|scheduled| now - scheduled >= interval) {
            self.scheduled = Some(now);
            self.begin(now, behavior);
        }
    }

    /// Finishes the run if it has ended by `now`.
    pub(super) fn advance(&mut self, now: Instant) {
        if let Some(run) = self.run.filter(|run| run.ends <= now) {
            self.run = None;
            self.record(run);
            self.report(run.ends);
        }
    }

    fn record(&mut self, run: Run) {
        let found = match run.outcome {
            Some(ScriptedOutcome::Healthy | ScriptedOutcome::NotApplicable) => Status::Healthy,
            Some(ScriptedOutcome::Degraded) => Status::Degraded,
            _ => Status::Unhealthy,
        };
        let is_applicable = run.outcome != Some(ScriptedOutcome::NotApplicable);
        if is_applicable {
            self.count(found);
        } else {
            (self.verdict, self.streak) = (self.descriptor.initial, (false, 0));
        }
        let status = if is_applicable { self.verdict } else { Status::Healthy };
        let finished = Finished { status, is_applicable, at: run.ends, took: run.ends - run.began };
        if status.counted(self.descriptor.critical).is_serving() {
            self.passed.get_or_insert(finished);
        }
        self.last = Some(finished);
        self.ends.push(run.outcome.map_or(RunEnd::TimedOut, ScriptedOutcome::end));
        self.total += finished.took;
    }

    /// Counts a run: the verdict changes once a threshold is reached.
    fn count(&mut self, found: Status) {
        let succeeded = found.is_serving();
        let before = if self.streak.0 == succeeded { self.streak.1 } else { 0 };
        self.streak = (succeeded, before + 1);
        let threshold = if succeeded { self.descriptor.success_threshold } else { self.descriptor.failure_threshold };
        let stays = match self.verdict {
            Status::Unknown => false,
            verdict => verdict.is_serving() == succeeded,
        };
        if stays || self.streak.1 >= threshold {
            self.verdict = found;
        }
    }

    fn effective(&self, now: Instant) -> Status {
        let since = self.last.map_or(self.registered, |last| last.at);
        match (self.overridden, self.descriptor.interval, self.last) {
            (Some((status, expires)), ..) if now < expires => status,
            (_, Some(interval), _) if now >= since + interval * 3 => Status::Unknown,
            (_, _, Some(last)) => last.status,
            (_, _, None) => self.descriptor.initial,
        }
    }

    fn report(&mut self, now: Instant) {
        let status = self.effective(now).counted(self.descriptor.critical);
        if status != self.reported {
            self.transitions.push((self.reported, status));
            self.reported = status;
        }
    }

    /// Returns the result of a probe of `kind` or a full report. `is_late`: the run exceeds the budget.
    pub(super) fn view(&self, kind: Option<CheckKind>, is_late: bool, now: Instant) -> CheckView {
        let passed = self.passed.filter(|_| kind == Some(CheckKind::Startup));
        let (status, last) = match passed {
            Some(passed) => (passed.status, Some(passed)),
            None => (self.effective(now), self.last),
        };
        let is_overridden = self.active_override(now).is_some();
        let grace = self.registered + self.descriptor.grace;
        let is_in_grace_period = kind == Some(CheckKind::Liveness) && self.passed.is_none() && now < grace;
        let counted = status.counted(self.descriptor.critical);
        let first_run = self.run.filter(|_| last.is_none());
        let view = CheckView {
            status: if is_in_grace_period { counted.min(Status::Degraded) } else { counted },
            ok: status == Status::Healthy,
            not_applicable: !is_overridden && status == Status::Healthy && last.is_some_and(|last| !last.is_applicable),
            is_overridden,
            duration: match (first_run, last) {
                (Some(run), _) => now - run.began,
                (None, last) => last.map_or(Duration::ZERO, |last| last.took),
            },
            age: last.map_or(Duration::ZERO, |last| now - last.at),
        };
        let is_slower = self.run.is_some_and(|run| now - run.began > view.duration);
        match is_late && is_slower && view.status == Status::Healthy && !is_overridden {
            true => CheckView { status: Status::Degraded, ok: false, ..view },
            false => view,
        }
    }
}

/// The modeled runner.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) checks: BTreeMap<&'static str, Check>,
    /// The overrides of deregistered checks.
    inherited: BTreeMap<&'static str, (ActiveOverride, Status)>,
    pub(super) is_draining: bool,
    has_started: bool,
    /// Transitions of deregistered checks and of draining.
    pub(super) transitions: Vec<(Option<&'static str>, Transition)>,
}

impl Model {
    pub(super) fn register(&mut self, name: &'static str, descriptor: CheckDescriptor, now: Instant) {
        self.deregister(name, now);
        let mut check = Check::new(descriptor, now);
        if let Some(inherited) = self.inherited.remove(name).filter(|((_, expires), _)| now < *expires) {
            check.inherit(inherited);
        }
        self.checks.insert(name, check);
    }

    pub(super) fn deregister(&mut self, name: &'static str, now: Instant) -> bool {
        let Some(check) = self.checks.remove(name) else { return false };
        self.inherited.extend(check.active_override(now).map(|overridden| (name, overridden)));
        self.transitions.extend(check.transitions.into_iter().map(|transition| (Some(name), transition)));
        true
    }

    pub(super) fn set_draining(&mut self, on: bool) -> bool {
        if self.is_draining == on {
            return false;
        }
        self.is_draining = on;
        let (healthy, unhealthy) = (Status::Healthy, Status::Unhealthy);
        self.transitions.push((None, if on { (healthy, unhealthy) } else { (unhealthy, healthy) }));
        true
    }

    pub(super) fn startup_complete(&mut self) -> bool {
        let mut startup = self.checks.values().filter(|check| check.is_of(CheckKind::Startup)).peekable();
        self.has_started |= startup.peek().is_some() && startup.all(Check::has_passed);
        self.has_started
    }

    pub(super) fn advance(&mut self, now: Instant) {
        self.checks.values_mut().for_each(|check| check.advance(now));
    }
}
