//! A check that becomes better or worse: what is told of it.

use crate::descriptor::Status;
use crate::log;
use serde::{Serialize, Serializer};
use std::time::SystemTime;

/// A check has become better or worse, or readiness was turned off or on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// When. In JSON: `time`, as in `2026-01-31T12:00:00.000Z`.
    #[serde(rename = "time", serialize_with = "timestamp")]
    pub at: SystemTime,
    /// The name of the check; `None` for [draining](crate::Health::drain), which is unhealthy, and its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// What it counted for before.
    pub from: Status,
    /// What it counts for now.
    pub to: Status,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Change {
    /// About how much memory it takes, in bytes.
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
                Status::Healthy => tracing::info!(check, from, to, "health has changed"),
                _ => tracing::warn!(check, from, to, reason, "health has changed"),
            }
        });
    }
}

/// `time` as RFC 3339 has it, to the millisecond.
pub(super) fn timestamp<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&humantime::format_rfc3339_millis(*time))
}
