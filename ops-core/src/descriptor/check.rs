//! Declarations of health checks.

use super::{CheckKind, CheckKinds, Location, Status};
use std::borrow::Cow;
use std::time::Duration;

/// The declaration of a health check: its name, kinds, timeout, interval and thresholds.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::descriptor::CheckDescriptor;
/// use ops::CheckKind;
/// use std::time::Duration;
///
/// let check = CheckDescriptor::new("disk").kind(CheckKind::Liveness).timeout(Duration::from_millis(500)).critical(false);
/// assert_eq!(check.name(), "disk");
/// ```
///
/// The fields are public for check runners to read. Set them with the methods, which keep values in range.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CheckDescriptor {
    name: Cow<'static, str>,
    /// Human-readable description.
    pub help: &'static str,
    /// Probes that the check affects.
    pub kinds: CheckKinds,
    /// `true` if a failure makes the program unhealthy, `false` if it degrades the program.
    pub critical: bool,
    /// Maximum duration of a run before it counts as failed.
    pub timeout: Duration,
    /// Interval of a periodic check; `None` for a check that runs on demand.
    pub interval: Option<Duration>,
    /// Consecutive failed runs before the check fails, at least 1.
    pub failure_threshold: u32,
    /// Consecutive successful runs before the check recovers, at least 1.
    pub success_threshold: u32,
    /// Status until enough runs have completed to reach a threshold.
    pub initial: Status,
    /// Time after registration during which a failure only degrades liveness.
    pub grace: Duration,
    /// Groups of the check.
    pub groups: &'static [&'static str],
    /// Tags of the check, for filtering.
    pub tags: &'static [&'static str],
    /// Source location of the declaration; `None` for a check registered at run time.
    pub location: Option<Location>,
}

impl CheckDescriptor {
    /// Default timeout: 2 s.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);

    /// Creates a critical readiness check called `name`.
    pub const fn new(name: &'static str) -> Self {
        CheckDescriptor {
            name: Cow::Borrowed(name),
            help: "",
            kinds: CheckKinds::of(&[CheckKind::Readiness]),
            critical: true,
            timeout: Self::DEFAULT_TIMEOUT,
            interval: None,
            failure_threshold: 1,
            success_threshold: 1,
            initial: Status::Unknown,
            grace: Duration::ZERO,
            groups: &[],
            tags: &[],
            location: None,
        }
    }

    /// Creates a critical readiness check with a name computed at run time.
    pub fn named(name: impl Into<String>) -> Self {
        CheckDescriptor { name: Cow::Owned(name.into()), ..Self::new("") }
    }

    /// Sets the human-readable description.
    #[must_use]
    pub const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    /// Sets the probe that the check affects.
    #[must_use]
    pub const fn kind(self, kind: CheckKind) -> Self {
        self.kinds(&[kind])
    }

    /// Sets the probes that the check affects.
    ///
    /// # Panics
    /// Panics if `kinds` is empty.
    #[must_use]
    #[track_caller]
    pub const fn kinds(mut self, kinds: &[CheckKind]) -> Self {
        self.kinds = CheckKinds::of(kinds);
        self
    }

    /// Sets whether a failure makes the program unhealthy (the default) or only degraded.
    #[must_use]
    pub const fn critical(mut self, critical: bool) -> Self {
        self.critical = critical;
        self
    }

    /// Sets the timeout of a run. The default is 2 s.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Makes the check periodic: it runs at this interval, and probes only read its last result.
    ///
    /// A result older than three intervals is stale, and the status becomes unknown. The minimum interval is 1 ms. Each interval
    /// has a jitter of up to 10 %, so that the instances of a service do not run their checks in lockstep.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::descriptor::CheckDescriptor;
    /// use std::time::Duration;
    ///
    /// let check = CheckDescriptor::new("disk").interval(Duration::from_secs(10));
    /// assert_eq!(check.interval, Some(Duration::from_secs(10)));
    /// ```
    #[must_use]
    pub const fn interval(mut self, interval: Duration) -> Self {
        let shortest = Duration::from_millis(1);
        self.interval = Some(if interval.as_nanos() < shortest.as_nanos() { shortest } else { interval });
        self
    }

    /// Sets the failure threshold: the consecutive failed runs before the check fails.
    ///
    /// The default is 1, and 0 counts as 1. A success resets the count.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::descriptor::CheckDescriptor;
    ///
    /// assert_eq!(CheckDescriptor::new("db").failure_threshold(3).failure_threshold, 3);
    /// assert_eq!(CheckDescriptor::new("db").failure_threshold(0).failure_threshold, 1);
    /// ```
    #[must_use]
    pub const fn failure_threshold(mut self, runs: u32) -> Self {
        self.failure_threshold = if runs == 0 { 1 } else { runs };
        self
    }

    /// Sets the success threshold: the consecutive successful runs before the check recovers.
    ///
    /// The default is 1, and 0 counts as 1. A failure resets the count.
    ///
    /// ```
    /// # extern crate ops_core as ops;
    /// use ops::descriptor::CheckDescriptor;
    ///
    /// assert_eq!(CheckDescriptor::new("db").success_threshold(2).success_threshold, 2);
    /// assert_eq!(CheckDescriptor::new("db").success_threshold(0).success_threshold, 1);
    /// ```
    #[must_use]
    pub const fn success_threshold(mut self, runs: u32) -> Self {
        self.success_threshold = if runs == 0 { 1 } else { runs };
        self
    }

    /// Sets the status until enough runs have completed to reach a threshold.
    ///
    /// The default is unknown, which keeps the program from becoming ready.
    #[must_use]
    pub const fn initial(mut self, status: Status) -> Self {
        self.initial = status;
        self
    }

    /// Sets the grace period after registration during which a failure only degrades liveness.
    ///
    /// For liveness checks of components that start slowly: `/livez` keeps responding with 200. The period ends early once the
    /// check has passed. Readiness has no grace period. The default is zero.
    #[must_use]
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets the groups of the check. Each group is served at `/readyz/{group}`.
    #[must_use]
    pub const fn groups(mut self, groups: &'static [&'static str]) -> Self {
        self.groups = groups;
        self
    }

    /// Sets the tags of the check, for filtering.
    #[must_use]
    pub const fn tags(mut self, tags: &'static [&'static str]) -> Self {
        self.tags = tags;
        self
    }

    /// Sets the source location of the declaration.
    #[must_use]
    pub const fn location(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }
}
