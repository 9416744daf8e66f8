//! A status that an operator forces upon a check for a while, whatever its runs come to.

use super::reason::bounded;
use super::runner::Health;
use crate::descriptor::Status;
use serde::{Serialize, Serializer};
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;

/// A status that is forced upon a check until it expires or is taken back.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Forced {
    /// The status.
    pub status: Status,
    /// Why, for whoever finds it.
    pub reason: String,
    /// When it ends. In JSON: `expires_in_seconds`.
    #[serde(rename = "expires_in_seconds", serialize_with = "remaining")]
    pub until: std::time::Instant,
}

impl Forced {
    pub(super) fn is_over(&self, now: Instant) -> bool {
        now >= Instant::from_std(self.until)
    }
}

fn remaining<S: Serializer>(until: &std::time::Instant, serializer: S) -> Result<S::Ok, S::Error> {
    let remaining = Instant::from_std(*until).saturating_duration_since(Instant::now());
    serializer.serialize_f64(remaining.as_secs_f64())
}

impl Health {
    /// Forces `status` upon the check called `name` for `time`, whatever its runs come to meanwhile; whether there is such
    /// a check. One that is forced already is forced anew.
    ///
    /// For readiness while an incident is dealt with; it is shown, with `reason`, in every report.
    ///
    /// ```
    /// use ops::{Health, Status};
    /// use std::time::Duration;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let health = Health::new();
    /// health.register("db", |_context| async { true });
    /// assert!(health.force("db", Status::Unhealthy, "failover drill", Duration::from_secs(600)));
    /// assert_eq!(health.check().await.to_text(), "[-]db failed: forced: failover drill\nunhealthy\n");
    /// assert!(health.unforce("db"));
    /// assert_eq!(health.check().await.to_text(), "[+]db ok\nhealthy\n");
    /// # }
    /// ```
    pub fn force(&self, name: &str, status: Status, reason: impl fmt::Display, time: Duration) -> bool {
        let Some(check) = self.named(name) else { return false };
        let until = super::instant::after(Instant::now(), time).into_std();
        check.force(Some(Forced { status, reason: bounded(reason), until }));
        self.altered.notify_one();
        true
    }

    /// Takes back what was forced upon the check called `name`; whether there is such a check.
    pub fn unforce(&self, name: &str) -> bool {
        let Some(check) = self.named(name) else { return false };
        check.force(None);
        true
    }
}
