//! What the checks came to, at one moment.

use super::Status;
use super::forced::Forced;
use crate::descriptor::CheckKinds;
use crate::metric::AttrValue;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What stands for the reason of a check where it is not to be told.
pub(super) const WITHHELD: &str = "reason withheld";

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
            check.forced = None;
            if check.error.is_some() {
                check.error = Some(WITHHELD.to_owned());
            }
        }
        self
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
    /// Why it is not healthy; of a check that is healthy, why its last run failed, which was not yet one too many.
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
    #[serde(skip_serializing_if = "BTreeMap::is_empty", serialize_with = "values")]
    pub details: BTreeMap<String, AttrValue>,
    /// What is forced upon it. In JSON: `override`.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    pub forced: Option<Forced>,
}

pub(super) fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

fn values<S: Serializer>(details: &BTreeMap<String, AttrValue>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(details.iter().map(|(key, value)| (key, Value(value))))
}

struct Value<'a>(&'a AttrValue);

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            AttrValue::Text(text) => serializer.serialize_str(text),
            AttrValue::Integer(value) => serializer.serialize_i64(*value),
            AttrValue::Unsigned(value) => serializer.serialize_u64(*value),
            AttrValue::Float(value) => serializer.serialize_f64(*value),
            AttrValue::Bool(value) => serializer.serialize_bool(*value),
        }
    }
}
