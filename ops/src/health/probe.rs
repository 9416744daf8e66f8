//! The results that a probe reports: recent results are reused, the other checks are run, within the budget of the probe.

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

/// Returns the results of `checks` for a probe of `kind` that waits at most `budget`. Without an `env` nothing is run.
pub(super) async fn results(
    checks: Vec<Arc<Check>>,
    kind: Option<CheckKind>,
    budget: Duration,
    env: Option<RunEnv>,
) -> BTreeMap<String, CheckResult> {
    let is_settled = |check: &Check| kind == Some(CheckKind::Startup) && check.has_passed();
    let mut late = BTreeMap::new();
    if let Some(env) = env.filter(|_| !checks.is_empty()) {
        let limit = after(Instant::now(), budget);
        let ask = |check: &Arc<Check>| if is_settled(check) { None } else { supervisor::run_for_probe(check, &env) };
        let runs: Vec<_> = checks.iter().filter_map(|check| Some((check.descriptor().name(), ask(check)?))).collect();
        for (name, run) in runs {
            if !run.has_result_by(limit).await {
                late.insert(name, run);
            }
        }
    }
    let result = |check: &Arc<Check>| match late.get(check.descriptor().name()) {
        Some(run) => check.result_beside(run, kind),
        None => check.result(kind),
    };
    checks.iter().map(|check| (check.descriptor().name().to_owned(), result(check))).collect()
}

/// Returns the result of `check` once `run` is over or has taken `limit` since `asked`.
pub(super) async fn result_by(
    check: &Check,
    run: Option<Arc<CheckRun>>,
    limit: Duration,
    asked: Instant,
) -> CheckResult {
    // A run started here is ended by its deadline; one that was joined may have more time than there is here.
    let patience = after(after(asked, limit), GRACE * 2);
    match run {
        Some(run) if !run.has_result_by(patience).await => {
            let reason = timed_out(limit).reason().unwrap_or_default().to_owned();
            check.result_without(&run, reason)
        }
        _ => check.result(None),
    }
}

/// Removes from `checks` those that `excluded` names, by their own name or by that of a group. Returns the names of the
/// removed checks, and the excluded names that match nothing.
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
    let mut left_out = BTreeSet::new();
    checks.retain(|check| {
        let is_excluded = excluded.iter().any(|name| is_named(check, name));
        if is_excluded {
            left_out.insert(check.descriptor().name().to_owned());
        }
        !is_excluded
    });
    (left_out, unknown)
}
