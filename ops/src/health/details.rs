//! All that is known of the checks, for those who look after the program.

use super::change::timestamp;
use super::check::Check;
use super::report::{CheckResult, Report, seconds};
use super::run_result::RunEnd;
use crate::descriptor::{Location, Status};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

/// All that is known of the checks of a program.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Details {
    /// The worst status of a check; unhealthy while the program drains.
    pub status: Status,
    /// Whether the program [drains](crate::Health::drain).
    pub draining: bool,
    /// The groups, and the names of the checks in each.
    pub groups: BTreeMap<String, BTreeSet<String>>,
    /// The checks, by name.
    pub checks: BTreeMap<String, CheckDetails>,
}

impl Details {
    /// The part of it that probes tell.
    pub fn into_report(self) -> Report {
        let checks = self.checks.into_iter().map(|(name, check)| (name, check.result)).collect();
        Report::new(checks, self.draining)
    }
}

/// All that is known of one check.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CheckDetails {
    /// What it came to.
    #[serde(flatten)]
    pub result: CheckResult,
    /// What it checks, for people.
    pub help: &'static str,
    /// Since when its status is what it is.
    #[serde(serialize_with = "timestamp")]
    pub since: SystemTime,
    /// When its last run ended.
    #[serde(serialize_with = "optional_timestamp")]
    pub last_run: Option<SystemTime>,
    /// How often it ran to an end.
    pub runs: u64,
    /// How many of these runs took longer than they may.
    pub timeouts: u64,
    /// How many of these runs panicked.
    pub panics: u64,
    /// The number of last runs that all succeeded, or all failed.
    pub consecutive_runs: u32,
    /// The consecutive failed runs before the check has failed.
    pub failure_threshold: u32,
    /// The consecutive successful runs before the check has recovered.
    pub success_threshold: u32,
    /// How long a run may take. In JSON: `timeout_seconds`.
    #[serde(rename = "timeout_seconds", serialize_with = "seconds")]
    pub timeout: Duration,
    /// The interval of a periodic check. In JSON: `interval_seconds`.
    #[serde(rename = "interval_seconds", serialize_with = "optional_seconds")]
    pub interval: Option<Duration>,
    /// Words to find it by.
    pub tags: &'static [&'static str],
    /// Where it is declared, if the source says so. In JSON: `package`, `module`, `file` and `line`, beside the rest.
    #[serde(flatten, serialize_with = "place", skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

fn place<S: Serializer>(location: &Option<Location>, serializer: S) -> Result<S::Ok, S::Error> {
    let Some(Location { file, line, module, package, .. }) = location else { return serializer.serialize_none() };
    let mut map = serializer.serialize_map(Some(4))?;
    map.serialize_entry("package", package)?;
    map.serialize_entry("module", module)?;
    map.serialize_entry("file", file)?;
    map.serialize_entry("line", line)?;
    map.end()
}

fn optional_timestamp<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => timestamp(time, serializer),
        None => serializer.serialize_none(),
    }
}

fn optional_seconds<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => seconds(duration, serializer),
        None => serializer.serialize_none(),
    }
}

impl CheckDetails {
    /// Returns all that is known of `check`.
    pub(super) fn of(check: &Check) -> Self {
        let result = check.result(None);
        let state = check.state();
        let descriptor = check.descriptor();
        CheckDetails {
            result,
            help: descriptor.help,
            since: state.reported.1,
            last_run: state.last.as_ref().map(|last| last.time),
            runs: state.stats.runs(),
            timeouts: state.stats.of(RunEnd::TimedOut),
            panics: state.stats.of(RunEnd::Panicked),
            consecutive_runs: state.verdict.consecutive_runs(),
            failure_threshold: descriptor.failure_threshold,
            success_threshold: descriptor.success_threshold,
            timeout: descriptor.timeout,
            interval: descriptor.interval,
            tags: descriptor.tags,
            location: descriptor.location,
        }
    }
}
