//! The full health report, for operators.

use super::change::timestamp;
use super::check::Check;
use super::report::{CheckResult, Report, seconds};
use super::run_result::RunEnd;
use crate::descriptor::{Location, Status};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

/// The full health report of a program, with statistics and the configuration of each check.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Details {
    /// The worst status of all checks; unhealthy while the program drains.
    pub status: Status,
    /// `true` while the program [drains](crate::Health::drain).
    pub draining: bool,
    /// The groups, each with the names of its checks.
    pub groups: BTreeMap<String, BTreeSet<String>>,
    /// The checks, by name.
    pub checks: BTreeMap<String, CheckDetails>,
}

impl Details {
    /// Converts to the report that probes return.
    pub fn into_report(self) -> Report {
        let checks = self.checks.into_iter().map(|(name, check)| (name, check.result)).collect();
        Report::new(checks, self.draining)
    }
}

/// The result, statistics and configuration of one check.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CheckDetails {
    /// The result, as in a [`Report`].
    #[serde(flatten)]
    pub result: CheckResult,
    /// The help text of the check.
    pub help: &'static str,
    /// The time of the last status change.
    #[serde(serialize_with = "timestamp")]
    pub since: SystemTime,
    /// The time at which the last run ended.
    #[serde(serialize_with = "optional_timestamp")]
    pub last_run: Option<SystemTime>,
    /// Number of completed runs.
    pub runs: u64,
    /// Number of runs that timed out.
    pub timeouts: u64,
    /// Number of runs that panicked.
    pub panics: u64,
    /// Number of consecutive successful or failed runs up to the last one.
    pub consecutive_runs: u32,
    /// Number of consecutive failed runs after which the check is reported as failed.
    pub failure_threshold: u32,
    /// Number of consecutive successful runs after which the check is reported as recovered.
    pub success_threshold: u32,
    /// The timeout of a run. In JSON: `timeout_seconds`.
    #[serde(rename = "timeout_seconds", serialize_with = "seconds")]
    pub timeout: Duration,
    /// The interval of a periodic check. In JSON: `interval_seconds`.
    #[serde(rename = "interval_seconds", serialize_with = "optional_seconds")]
    pub interval: Option<Duration>,
    /// The tags of the check.
    pub tags: &'static [&'static str],
    /// The source location, if known. In JSON, flattened: `package`, `module`, `file` and `line`.
    #[serde(flatten, serialize_with = "location", skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

fn location<S: Serializer>(location: &Option<Location>, serializer: S) -> Result<S::Ok, S::Error> {
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
    /// Returns the details of `check`.
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
