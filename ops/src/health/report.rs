//! Health reports, and their text and JSON representations.

use super::overrides::Override;
use crate::descriptor::{CheckKinds, Status};
use crate::metric::AttrValue;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use std::time::Duration;

/// Placeholder for a reason that the caller is not permitted to read.
const WITHHELD: &str = "reason withheld";

/// A health report: the overall status, and the result of each check by name.
///
/// In JSON: `{"status":"healthy","checks":{"db":{"ok":true,…}}}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The worst status of all checks: healthy without checks, unhealthy while the program drains.
    pub status: Status,
    /// `true` while the program [drains](crate::Health::drain).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub draining: bool,
    /// The checks, by name.
    pub checks: BTreeMap<String, CheckResult>,
    /// The excluded checks, which do not affect the status. Omitted from JSON; one line each in text.
    #[serde(skip)]
    pub excluded: BTreeSet<String>,
}

impl Report {
    pub(super) fn new(checks: BTreeMap<String, CheckResult>, draining: bool) -> Self {
        Report { status: overall_status(&checks, draining), draining, checks, excluded: BTreeSet::new() }
    }

    /// Excludes the check called `name` from the report and its status.
    ///
    /// Returns `true` if it was part of the report.
    pub fn exclude(&mut self, name: &str) -> bool {
        let Some((name, _)) = self.checks.remove_entry(name) else { return false };
        self.excluded.insert(name);
        self.status = overall_status(&self.checks, self.draining);
        true
    }

    /// Replaces every reason with `reason withheld`, and removes the details and overrides.
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

    /// Returns the report as text: one line per check, then the overall status.
    ///
    /// ```text
    /// [+]db ok
    /// [!]disk degraded: 91 % full
    /// [-]queue failed: connection refused
    /// [?]search unknown: no result yet: the first run has taken 800ms so far
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
            text.push_str("[-]drain failed: the program is draining\n");
        }
        let _ = writeln!(text, "{}", self.status);
        text
    }
}

fn overall_status(checks: &BTreeMap<String, CheckResult>, draining: bool) -> Status {
    let worst = checks.values().map(|check| check.status).max().unwrap_or(Status::Healthy);
    if draining { Status::Unhealthy } else { worst }
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CheckResult {
    /// `true` if the status of the check is healthy.
    pub ok: bool,
    /// The effective status. A check that fails and is not critical is degraded.
    pub status: Status,
    /// `true` if the check does not apply, for example because this program uses no database.
    ///
    /// Such a check counts as healthy.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_applicable: bool,
    /// The reason, if the check is not healthy or does not apply.
    ///
    /// For a healthy check, this is the failure of the last run, if the failure threshold has not been reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// `true` if a failure of the check makes the program unhealthy.
    pub critical: bool,
    /// The kinds of probes that the check takes part in.
    pub kind: CheckKinds,
    /// Duration of the run. In JSON: `duration_seconds`.
    ///
    /// While the first run is in progress or a run is overdue, this is the elapsed time.
    #[serde(rename = "duration_seconds", serialize_with = "seconds")]
    pub duration: Duration,
    /// Age of the result. In JSON: `age_seconds`.
    #[serde(rename = "age_seconds", serialize_with = "seconds")]
    pub age: Duration,
    /// Details that the check attached. In JSON, a number that is not finite is `null`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, AttrValue>,
    /// The active override. In JSON: `override`.
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
        // The placeholder is printed only for failed and unknown checks, where it shows that a reason exists.
        if self.0.status <= Status::Degraded && reason == WITHHELD {
            return Ok(());
        }
        f.write_str(": ")?;
        // Control characters are replaced, so that a reason cannot forge the line of another check.
        reason.chars().map(|char| if char.is_control() { ' ' } else { char }).try_for_each(|char| f.write_char(char))
    }
}
