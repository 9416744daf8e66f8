//! Status changes of checks, and of readiness when the program starts or stops draining.

use crate::descriptor::Status;
use crate::log;
use serde::{Serialize, Serializer};
use std::time::SystemTime;

/// A status change of a check, or the start or end of draining.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The time of the change. In JSON: `time`, such as `2026-01-31T12:00:00.000Z`.
    #[serde(rename = "time", serialize_with = "timestamp")]
    pub at: SystemTime,
    /// The name of the check; `None` for the start and end of [draining](crate::Health::drain).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// The effective status before the change.
    pub from: Status,
    /// The effective status after the change.
    pub to: Status,
    /// The reason for the new status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Change {
    /// Returns the approximate memory size of the change, in bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Change>()
            + self.check.as_ref().map_or(0, String::capacity)
            + self.reason.as_ref().map_or(0, String::capacity)
    }

    /// Logs the change.
    pub(super) fn log(self) {
        log::emit(move || {
            let check = self.check.as_deref().unwrap_or("drain");
            let (from, to, reason) = (self.from.as_str(), self.to.as_str(), self.reason.as_deref());
            match self.to {
                Status::Healthy => tracing::info!(check, from, to, "health status changed"),
                _ => tracing::warn!(check, from, to, reason, "health status changed"),
            }
        });
    }
}

/// Serializes `time` in RFC 3339 format with millisecond precision.
pub(super) fn timestamp<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&humantime::format_rfc3339_millis(*time))
}
