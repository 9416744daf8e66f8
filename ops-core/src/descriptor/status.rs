//! How well something is.

use std::fmt;

/// How well a check, or the whole program, is. The worst is the greatest, so that `max` decides for many.
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
    /// All is well.
    Healthy,
    /// It works, less well than it should.
    Degraded,
    /// Nothing is known: there is no result yet, or none that is recent enough.
    Unknown,
    /// It does not work.
    Unhealthy,
}

impl Status {
    /// The word of reports: `healthy`, `degraded`, `unknown` or `unhealthy`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Healthy => "healthy",
            Status::Degraded => "degraded",
            Status::Unknown => "unknown",
            Status::Unhealthy => "unhealthy",
        }
    }

    /// Whether a program in this state should be given work: healthy or degraded, the two that probes answer with 200.
    pub const fn is_serving(self) -> bool {
        matches!(self, Status::Healthy | Status::Degraded)
    }

    /// The status that a check with this status contributes: a check that is not critical degrades the program at most.
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
