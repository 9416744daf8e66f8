//! Health statuses.

use std::fmt;

/// The health status of a check or of the whole program.
///
/// Worse statuses are greater, so that `max` returns the worst.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::Status;
///
/// let worst = [Status::Healthy, Status::Unknown, Status::Degraded].into_iter().max();
/// assert_eq!(worst, Some(Status::Unknown));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Status {
    /// Fully functional.
    Healthy,
    /// Functional with reduced quality.
    Degraded,
    /// No result yet, or only a stale one.
    Unknown,
    /// Not functional.
    Unhealthy,
}

impl Status {
    /// Returns the name in reports: `healthy`, `degraded`, `unknown` or `unhealthy`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Healthy => "healthy",
            Status::Degraded => "degraded",
            Status::Unknown => "unknown",
            Status::Unhealthy => "unhealthy",
        }
    }

    /// Returns `true` for healthy and degraded, the statuses for which probes respond with 200.
    pub const fn is_serving(self) -> bool {
        matches!(self, Status::Healthy | Status::Degraded)
    }

    /// Returns the contribution of a check with this status to the status of the program.
    ///
    /// A check that is not critical degrades the program at most.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::Status;
    ///
    /// assert_eq!(Status::Unhealthy.counted(false), Status::Degraded);
    /// assert_eq!(Status::Unhealthy.counted(true), Status::Unhealthy);
    /// ```
    #[must_use]
    pub fn counted(self, critical: bool) -> Self {
        if critical { self } else { self.min(Status::Degraded) }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
