//! Readiness, turned off while everything else goes on.

use super::change::Change;
use super::runner::Health;
use crate::descriptor::Status;
use std::sync::PoisonError;
use std::time::SystemTime;

impl Health {
    /// Makes readiness unhealthy at once, whatever the checks say, so that the program is given no new work; all else goes
    /// on. Nothing but [`undrain`](Self::undrain) ends it. Whether that was not so already.
    ///
    /// ```
    /// use ops::{CheckKind, Health, Status};
    /// use std::time::Duration;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let health = Health::new();
    /// let runtime = tokio::runtime::Handle::current();
    /// health.drain();
    /// let report = health.probe(CheckKind::Readiness, Duration::from_secs(1), &runtime).await;
    /// assert_eq!((report.status, report.draining), (Status::Unhealthy, true));
    /// let alive = health.probe(CheckKind::Liveness, Duration::from_secs(1), &runtime).await;
    /// assert_eq!(alive.status, Status::Healthy);
    /// # }
    /// ```
    pub fn drain(&self) -> bool {
        self.set_draining(true)
    }

    /// Lets readiness be what the checks say again; whether it was turned off.
    pub fn undrain(&self) -> bool {
        self.set_draining(false)
    }

    /// Whether readiness is turned off.
    pub fn is_draining(&self) -> bool {
        *self.draining.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_draining(&self, on: bool) -> bool {
        let mut draining = self.draining.lock().unwrap_or_else(PoisonError::into_inner);
        if *draining == on {
            return false;
        }
        *draining = on;
        let (from, to) = if on { (Status::Healthy, Status::Unhealthy) } else { (Status::Unhealthy, Status::Healthy) };
        let change = Change { at: SystemTime::now(), check: None, from, to, reason: None };
        self.journal.record(change.clone());
        drop(draining);
        change.log();
        true
    }
}
