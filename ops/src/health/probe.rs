//! What probes are told: what is recent is reused, the rest is run, and nobody waits longer than it can.

use super::check::Check;
use super::instant::after;
use super::report::{CheckResult, Report};
use super::runner::Health;
use crate::descriptor::CheckKind;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::Instant;

impl Health {
    /// What the checks of one kind come to, for a probe that can wait no longer than `budget`.
    ///
    /// A result is reused for ten times as long as it took, for a second at most. Otherwise the check runs on
    /// `runtime`; if it is not done within the budget, the report has its last result, with its age, or else its initial
    /// status. A check that is [periodic](crate::CheckDescriptor::every) is not run. Deadlines are kept by the runtime that this is
    /// called on: a `runtime` that is stalled cannot hold it up if it is another one.
    ///
    /// A startup check that has passed once, with a status that counts as healthy or degraded, is not run again; see
    /// [`startup_complete`](Self::startup_complete).
    ///
    /// # Panics
    /// Outside a tokio runtime, or if its timers are not enabled.
    pub async fn probe(&self, kind: CheckKind, budget: Duration, runtime: &Handle) -> Report {
        self.probe_without(kind, &BTreeSet::new(), budget, runtime).await.0
    }

    /// As [`probe`](Self::probe), without the checks, and the checks of the groups, that `excluded` names; also the names of
    /// which there is none.
    pub(crate) async fn probe_without<'a>(
        &self,
        kind: CheckKind,
        excluded: &BTreeSet<&'a str>,
        budget: Duration,
        runtime: &Handle,
    ) -> (Report, Vec<&'a str>) {
        let complete = kind == CheckKind::Startup && self.startup_complete();
        let mut checks = self.chosen(|descriptor| descriptor.kinds.contains(kind));
        let (left_out, unknown) = self.exclude(&mut checks, excluded);
        checks.retain(|check| !complete || check.has_passed());
        let results = self.results(checks, Some(kind), budget, runtime).await;
        let report = Report::new(results, kind == CheckKind::Readiness && self.is_draining());
        (Report { excluded: left_out, ..report }, unknown)
    }

    /// What one check or the checks of one group come to, as [`probe`](Self::probe) has it; `None` if nothing is called
    /// `name`. While the program drains, that is unhealthy too.
    ///
    /// # Panics
    /// Outside a tokio runtime, or if its timers are not enabled.
    pub async fn probe_part(&self, name: &str, budget: Duration, runtime: &Handle) -> Option<Report> {
        Some(self.probe_part_without(name, &BTreeSet::new(), budget, runtime).await?.0)
    }

    /// As [`probe_part`](Self::probe_part), without what `excluded` names; also the names of which there is none.
    pub(crate) async fn probe_part_without<'a>(
        &self,
        name: &str,
        excluded: &BTreeSet<&'a str>,
        budget: Duration,
        runtime: &Handle,
    ) -> Option<(Report, Vec<&'a str>)> {
        let mut checks = match self.named(name) {
            Some(check) => vec![check],
            None => {
                let members = self.groups().remove(name)?;
                self.chosen(|descriptor| members.contains(descriptor.name()))
            }
        };
        let (left_out, unknown) = self.exclude(&mut checks, excluded);
        let results = self.results(checks, None, budget, runtime).await;
        Some((Report { excluded: left_out, ..Report::new(results, self.is_draining()) }, unknown))
    }

    /// Takes what `excluded` names out of `checks`: the checks that it took out, and the names that name none of them.
    fn exclude<'a>(
        &self,
        checks: &mut Vec<Arc<Check>>,
        excluded: &BTreeSet<&'a str>,
    ) -> (BTreeSet<String>, Vec<&'a str>) {
        if excluded.is_empty() {
            return Default::default();
        }
        let groups = self.groups();
        let is_named = |check: &Check, name: &str| {
            check.descriptor.name() == name
                || groups.get(name).is_some_and(|members| members.contains(check.descriptor.name()))
        };
        let unknown = excluded.iter().filter(|name| !checks.iter().any(|check| is_named(check, name)));
        let unknown = unknown.copied().collect();
        let left_out = checks.extract_if(.., |check| excluded.iter().any(|name| is_named(check, name)));
        (left_out.map(|check| check.descriptor.name().to_owned()).collect(), unknown)
    }

    /// What `checks` come to for a probe.
    pub(super) async fn results(
        &self,
        checks: Vec<Arc<Check>>,
        kind: Option<CheckKind>,
        budget: Duration,
        runtime: &Handle,
    ) -> BTreeMap<String, CheckResult> {
        if checks.is_empty() {
            return BTreeMap::new();
        }
        let limit = after(Instant::now(), budget);
        let ground = self.ground(runtime);
        let is_settled = |check: &Check| kind == Some(CheckKind::Startup) && check.has_passed();
        let ask = |check: &Arc<Check>| if is_settled(check) { None } else { check.ask(&ground) };
        let flights: Vec<_> = checks.iter().filter_map(ask).collect();
        for flight in flights {
            flight.has_result_by(limit).await;
        }
        checks.iter().map(|check| (check.descriptor.name().to_owned(), check.shown(kind))).collect()
    }
}
