//! What the checks came to, at one moment.

use super::overrides::Override;
use crate::descriptor::{CheckKinds, Status};
use crate::metric::AttrValue;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use std::time::Duration;

/// What stands for the reason of a check where it is not to be told.
const WITHHELD: &str = "reason withheld";

/// What the checks came to, at one moment: the verdict, and each of them by name.
///
/// In JSON: `{"status":"healthy","checks":{"db":{"ok":true,…}}}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The worst status of a check; healthy if there is none, and unhealthy while the program drains.
    pub status: Status,
    /// Whether the program [drains](crate::Health::drain).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub draining: bool,
    /// The checks, by name.
    pub checks: BTreeMap<String, CheckResult>,
    /// The checks that were left out, and so count for nothing. Not in JSON; as text each has its line.
    #[serde(skip)]
    pub excluded: BTreeSet<String>,
}

impl Report {
    pub(super) fn new(checks: BTreeMap<String, CheckResult>, draining: bool) -> Self {
        Report { status: verdict(&checks, draining), draining, checks, excluded: BTreeSet::new() }
    }

    /// Leaves out the check called `name`, so that it counts for nothing; whether there was one.
    pub fn exclude(&mut self, name: &str) -> bool {
        let Some((name, _)) = self.checks.remove_entry(name) else { return false };
        self.excluded.insert(name);
        self.status = verdict(&self.checks, self.draining);
        true
    }

    /// The same without what only some may know: every reason becomes `reason withheld`, and the details go.
    #[must_use]
    pub fn without_errors(mut self) -> Self {
        for check in self.checks.values_mut() {
            check.details.clear();
            check.active_override = None;
            if check.error.is_some() {
                check.error = Some(WITHHELD.to_owned());
            }
        }
        self
    }

    /// One line a check, then the verdict, each with its line feed.
    ///
    /// ```text
    /// [+]db ok
    /// [!]disk degraded: 91 % full
    /// [-]queue failed: connection refused
    /// [?]search unknown: no result yet, the first run has taken 800ms so far
    /// [+]mail not applicable: no `Mailer` was provided
    /// [+]tape excluded: ok
    /// unhealthy
    /// ```
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let names: BTreeSet<_> = self.checks.keys().chain(&self.excluded).collect();
        for name in names {
            // Writing to a `String` cannot fail.
            let _ = match self.checks.get(name) {
                Some(check) => writeln!(text, "{}{name} {}{}", mark(check.status), word(check), Reason(check)),
                None => writeln!(text, "[+]{name} excluded: ok"),
            };
        }
        if self.draining {
            text.push_str("[-]drain failed: no new work, whatever the checks say\n");
        }
        let _ = writeln!(text, "{}", self.status);
        text
    }
}

fn verdict(checks: &BTreeMap<String, CheckResult>, draining: bool) -> Status {
    let worst = checks.values().map(|check| check.status).max().unwrap_or(Status::Healthy);
    if draining { Status::Unhealthy } else { worst }
}

/// What one check came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CheckResult {
    /// Whether it is healthy.
    pub ok: bool,
    /// What it counts for: a check that fails and is not critical is degraded.
    pub status: Status,
    /// `true` if there is nothing to check, such as a database that this program does not use; it is then left out of the status.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_applicable: bool,
    /// Why it is not healthy, or not applicable; of a check that is healthy, why its last run failed, which was not yet one too many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether its failure is the program's.
    pub critical: bool,
    /// What it decides about.
    pub kind: CheckKinds,
    /// How long the run took; so far, if it is the first or cannot be stopped. In JSON: `duration_seconds`.
    #[serde(rename = "duration_seconds", serialize_with = "seconds")]
    pub duration: Duration,
    /// How long ago that was. In JSON: `age_seconds`.
    #[serde(rename = "age_seconds", serialize_with = "seconds")]
    pub age: Duration,
    /// Facts that the check gave. In JSON, a number that is not finite is `null`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, AttrValue>,
    /// The override that is active. In JSON: `override`.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    pub active_override: Option<Override>,
}

pub(super) fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

const fn mark(status: Status) -> &'static str {
    match status {
        Status::Healthy => "[+]",
        Status::Degraded => "[!]",
        Status::Unknown => "[?]",
        _ => "[-]",
    }
}

const fn word(check: &CheckResult) -> &'static str {
    match check.status {
        _ if check.not_applicable => "not applicable",
        Status::Healthy => "ok",
        Status::Degraded => "degraded",
        Status::Unknown => "unknown",
        _ => "failed",
    }
}

struct Reason<'a>(&'a CheckResult);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_shown = self.0.status != Status::Healthy || self.0.not_applicable;
        let Some(reason) = self.0.error.as_ref().filter(|_| is_shown) else { return Ok(()) };
        // That a degraded check has a reason goes without saying; a failure says that it could tell more.
        if self.0.status <= Status::Degraded && reason == WITHHELD {
            return Ok(());
        }
        f.write_str(": ")?;
        // A check is one line, whatever it writes: a reason cannot pass for the line of another check.
        reason.chars().map(|char| if char.is_control() { ' ' } else { char }).try_for_each(|char| f.write_char(char))
    }
}
