//! What a check is at a moment, by all that is known of it.

use super::check::{Check, State};
use super::flight::Flight;
use super::instant::{after, rounded};
use super::report::CheckResult;
use crate::descriptor::{CheckKind, Status};
use std::borrow::Cow;
use std::time::Duration;
use tokio::time::Instant;

/// After so many periods without one, the last result of a periodic check counts no more.
const STALE_AFTER: u32 = 3;

impl Check {
    /// What it is, and why if that is not plain.
    pub(super) fn standing<'a>(&self, state: &'a State, now: Instant) -> (Status, Option<Cow<'a, str>>) {
        if let Some(forced) = state.forced.as_ref().filter(|forced| !forced.is_over(now)) {
            return (forced.status, Some(format!("forced: {}", forced.reason).into()));
        }
        if let Some(current) = state.current.as_ref().filter(|current| current.has_result()) {
            return (Status::Unhealthy, Some(current.overdue_reason().into()));
        }
        if let Some(every) = self.descriptor.every.filter(|_| self.stale_at(state).is_some_and(|at| now >= at)) {
            let reason = format!("no result for more than {STALE_AFTER} periods of {:?}", rounded(every));
            return (Status::Unknown, Some(reason.into()));
        }
        let Some(last) = &state.last else { return self.initial(state) };
        let reason = match last.outcome.reason() {
            Some(reason) => Some(reason.into()),
            None if last.status.is_serving() => None,
            None => {
                let (row, needed) = (state.verdict.in_a_row(), self.descriptor.successes);
                Some(format!("{row} of {needed} successes in a row").into())
            }
        };
        (last.status, reason)
    }

    /// What it is before its first result.
    fn initial<'a>(&self, state: &State) -> (Status, Option<Cow<'a, str>>) {
        let initial = self.descriptor.initial;
        let reason = match &state.current {
            _ if initial == Status::Healthy => None,
            None => Some("no result yet".into()),
            Some(first) => {
                Some(format!("no result yet: the first run has taken {:?} so far", rounded(first.elapsed())).into())
            }
        };
        (initial, reason)
    }

    /// From when on what is known of a periodic check counts no more.
    pub(super) fn stale_at(&self, state: &State) -> Option<Instant> {
        let period = self.descriptor.every?;
        let since = state.last.as_ref().map_or(state.registered, |last| last.at);
        Some(after(since, period.saturating_mul(STALE_AFTER)))
    }

    /// What it is to whoever asks for `kind`, or for all that there is.
    pub(super) fn shown(&self, kind: Option<CheckKind>) -> CheckResult {
        let state = self.state();
        let now = Instant::now();
        let starts = if kind == Some(CheckKind::Startup) { state.passed.as_ref() } else { None };
        let (status, reason) = match starts {
            Some(passed) => (passed.status, passed.outcome.reason().map(Cow::from)),
            None => self.standing(&state, now),
        };
        let last = starts.or(state.last.as_ref());
        let running = state.current.as_ref().filter(|current| last.is_none() || current.has_result());
        let counted = status.counted(self.descriptor.critical);
        let is_excused =
            kind == Some(CheckKind::Liveness) && state.passed.is_none() && now < self.excused_until(&state);
        CheckResult {
            ok: status == Status::Healthy,
            status: if is_excused { counted.min(Status::Degraded) } else { counted },
            error: reason.map(Cow::into_owned),
            critical: self.descriptor.critical,
            kind: self.descriptor.kinds,
            duration: running.map_or_else(|| last.map_or(Duration::ZERO, |last| last.duration), |run| run.elapsed()),
            age: last
                .filter(|_| running.is_none())
                .map_or(Duration::ZERO, |last| now.saturating_duration_since(last.at)),
            details: last.map(|last| last.outcome.details().clone()).unwrap_or_default(),
            forced: state.forced.clone().filter(|forced| !forced.is_over(now)),
        }
    }

    fn excused_until(&self, state: &State) -> Instant {
        after(state.registered, self.descriptor.grace)
    }

    /// As [`shown`](Self::shown), to someone who cannot wait any longer for `flight`.
    pub(super) fn shown_before_the_end_of(&self, flight: &Flight, reason: String) -> CheckResult {
        CheckResult {
            ok: false,
            status: Status::Unhealthy.counted(self.descriptor.critical),
            error: Some(reason),
            duration: flight.elapsed(),
            age: Duration::ZERO,
            ..self.shown(None)
        }
    }
}
