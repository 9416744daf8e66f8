//! Health reports as `application/health+json` (draft-inadarei-api-health-check-06).

use crate::health::{CheckResult, Report, Status};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// The media type of the document.
pub(crate) const MEDIA_TYPE: &str = "application/health+json";

/// A health report as an `application/health+json` document.
#[derive(Serialize)]
pub(crate) struct HealthDocument<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'a [String],
    checks: BTreeMap<String, [Measurement<'a>; 1]>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Measurement<'a> {
    status: &'static str,
    observed_value: f64,
    observed_unit: &'static str,
    time: String,
    /// Omitted if the check is healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
}

impl<'a> HealthDocument<'a> {
    /// Creates the document of `report`, with `notes` such as warnings.
    pub(crate) fn new(report: &'a Report, notes: &'a [String]) -> Self {
        let measured = |(name, check)| (format!("{name}:responseTime"), [Measurement::of(check)]);
        HealthDocument {
            status: status_name(report.status),
            output: report.draining.then_some("draining"),
            notes,
            checks: report.checks.iter().map(measured).collect(),
        }
    }
}

impl<'a> Measurement<'a> {
    fn of(check: &'a CheckResult) -> Self {
        let time = SystemTime::now().checked_sub(check.age).unwrap_or(SystemTime::UNIX_EPOCH);
        Measurement {
            status: status_name(check.status),
            observed_value: check.duration.as_secs_f64() * 1000.0,
            observed_unit: "ms",
            time: humantime::format_rfc3339_millis(time).to_string(),
            output: check.error.as_deref().filter(|_| check.status != Status::Healthy),
        }
    }
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Healthy => "pass",
        Status::Degraded => "warn",
        _ => "fail",
    }
}
