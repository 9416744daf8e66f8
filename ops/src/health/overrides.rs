//! Temporary overrides of the status of a check, set by an operator.

use crate::descriptor::Status;
use serde::{Serialize, Serializer};
use tokio::time::Instant;

/// A status that replaces the status of a check until it expires or is cleared.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Override {
    /// The status reported for the check.
    pub status: Status,
    /// The reason given by the operator.
    pub reason: String,
    /// The expiry time. In JSON: `ttl_seconds`, the remaining time to live.
    #[serde(rename = "ttl_seconds", serialize_with = "remaining_ttl")]
    pub expires_at: std::time::Instant,
}

impl Override {
    pub(super) fn has_expired(&self, now: Instant) -> bool {
        now >= Instant::from_std(self.expires_at)
    }
}

fn remaining_ttl<S: Serializer>(expires_at: &std::time::Instant, serializer: S) -> Result<S::Ok, S::Error> {
    let remaining = Instant::from_std(*expires_at).saturating_duration_since(Instant::now());
    serializer.serialize_f64(remaining.as_secs_f64())
}
