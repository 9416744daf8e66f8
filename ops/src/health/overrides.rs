//! Overrides: a status that an operator sets for a check, for a while.

use crate::descriptor::Status;
use serde::{Serialize, Serializer};
use tokio::time::Instant;

/// A status that stands in place of a check's own until it expires or is cleared.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Override {
    /// The status.
    pub status: Status,
    /// The reason that the operator gave.
    pub reason: String,
    /// When it expires. In JSON: `expires_in_seconds`.
    #[serde(rename = "expires_in_seconds", serialize_with = "remaining")]
    pub until: std::time::Instant,
}

impl Override {
    pub(super) fn is_over(&self, now: Instant) -> bool {
        now >= Instant::from_std(self.until)
    }
}

fn remaining<S: Serializer>(until: &std::time::Instant, serializer: S) -> Result<S::Ok, S::Error> {
    let remaining = Instant::from_std(*until).saturating_duration_since(Instant::now());
    serializer.serialize_f64(remaining.as_secs_f64())
}
