//! Probes: reuse recent results, and run the other checks within the budget of the probe.

use super::check::Check;
use super::check_run::{CheckRun, timed_out};
use super::report::CheckResult;
use super::saturating_time::after;
use super::supervisor::{self, GRACE, RunEnv};
use crate::descriptor::CheckKind;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Returns the results of `checks` for a probe of `kind` within `budget`.
///
/// Without an `env`, no checks run and the last results are returned.
pub(super) async fn results(
    checks: Vec<Arc<Check>>,
    kind: Option<CheckKind>,
    budget: Duration,
    env: Option<RunEnv>,
) -> BTreeMap<String, CheckResult> {
    let needs_no_run = |check: &Check| kind == Some(CheckKind::Startup) && check.has_passed();
    let mut late = BTreeMap::new();
    if let Some(env) = env.filter(|_| !checks.is_empty()) {
        let deadline = after(Instant::now(), budget);
        let request =
            |check: &Arc<Check>| if needs_no_run(check) { None } else { supervisor::run_for_probe(check, &env) };
        let runs: Vec<_> =
            checks.iter().filter_map(|check| Some((check.descriptor().name(), request(check)?))).collect();
        for (name, run) in runs {
            if !run.has_result_by(deadline).await {
                late.insert(name, run);
            }
        }
    }
    let result = |check: &Arc<Check>| match late.get(check.descriptor().name()) {
        Some(run) => check.result_during(run, kind),
        None => check.result(kind),
    };
    checks.iter().map(|check| (check.descriptor().name().to_owned(), result(check))).collect()
}

/// Returns the result of `check` after `run`, or shortly after `limit` from `requested` at the latest.
pub(super) async fn result_by(
    check: &Check,
    run: Option<Arc<CheckRun>>,
    limit: Duration,
    requested: Instant,
) -> CheckResult {
    // The deadline ends a run that was started for this caller; a joined run may have a later deadline.
    let latest = after(after(requested, limit), GRACE * 2);
    match run {
        Some(run) if !run.has_result_by(latest).await => {
            let reason = timed_out(limit).reason().unwrap_or_default().to_owned();
            check.result_after_limit(&run, reason)
        }
        _ => check.result(None),
    }
}

/// Removes the checks that `excluded` contains by check name or group name.
///
/// Returns the names of the removed checks, and the excluded names that match no check.
pub(super) fn exclude<'a>(
    checks: &mut Vec<Arc<Check>>,
    groups: &BTreeMap<String, BTreeSet<String>>,
    excluded: &BTreeSet<&'a str>,
) -> (BTreeSet<String>, Vec<&'a str>) {
    let is_named = |check: &Check, name: &str| {
        let check = check.descriptor().name();
        check == name || groups.get(name).is_some_and(|members| members.contains(check))
    };
    let unknown = excluded.iter().filter(|name| !checks.iter().any(|check| is_named(check, name)));
    let unknown = unknown.copied().collect();
    let mut removed = BTreeSet::new();
    checks.retain(|check| {
        let is_excluded = excluded.iter().any(|name| is_named(check, name));
        if is_excluded {
            removed.insert(check.descriptor().name().to_owned());
        }
        !is_excluded
    });
    (removed, unknown)
}
