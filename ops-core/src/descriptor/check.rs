//! What a health check declares.

use super::{CheckKind, CheckKinds, Location, Status};
use std::borrow::Cow;
use std::time::Duration;

/// What a health check declares: its name, what it decides about, how long it may take and when it is run.
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
/// The fields are public for runners to read; declare a check with the methods, which keep values in range.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CheckDescriptor {
    name: Cow<'static, str>,
    /// The description for people.
    pub help: &'static str,
    /// The probes that the check decides.
    pub kinds: CheckKinds,
    /// `true` if a failure makes the program unhealthy, `false` if it degrades the program.
    pub critical: bool,
    /// The longest that a run may take before it counts as failed.
    pub timeout: Duration,
    /// The interval of a periodic check; `None` for one that runs when a probe asks.
    pub interval: Option<Duration>,
    /// The consecutive failed runs before the check has failed, at least 1.
    pub failure_threshold: u32,
    /// The consecutive successful runs before the check has recovered, at least 1.
    pub success_threshold: u32,
    /// The status before enough runs have ended to decide.
    pub initial: Status,
    /// The time after registration during which a failure does not fail liveness.
    pub grace: Duration,
    /// The groups that the check belongs to.
    pub groups: &'static [&'static str],
    /// Tags to find the check by.
    pub tags: &'static [&'static str],
    /// The source location of the declaration; `None` for a check registered at run time.
    pub location: Option<Location>,
}

impl CheckDescriptor {
    /// How long a check may take when it does not say: 2 s.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);

    /// A critical readiness check called `name`.
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

    /// A critical readiness check whose name is made at run time.
    pub fn named(name: impl Into<String>) -> Self {
        CheckDescriptor { name: Cow::Owned(name.into()), ..Self::new("") }
    }

    /// Sets what it checks, for people.
    #[must_use]
    pub const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    /// Sets what it decides about.
    #[must_use]
    pub const fn kind(self, kind: CheckKind) -> Self {
        self.kinds(&[kind])
    }

    /// Sets all that it decides about.
    ///
    /// # Panics
    /// If that is nothing.
    #[must_use]
    #[track_caller]
    pub const fn kinds(mut self, kinds: &[CheckKind]) -> Self {
        self.kinds = CheckKinds::of(kinds);
        self
    }

    /// Sets whether a failure makes the program unhealthy (the default) or degraded only.
    #[must_use]
    pub const fn critical(mut self, critical: bool) -> Self {
        self.critical = critical;
        self
    }

    /// Sets how long one run may take before it is a failure.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Makes the check periodic: it runs by itself at this interval, and probes only read its last result.
    ///
    /// A result older than three intervals is stale, and the check is unknown. An interval shorter than 1 ms counts as
    /// 1 ms. Each wait has a jitter of up to a tenth, so that the instances of a service do not run their checks in step.
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

    /// Sets the failure threshold: the consecutive failed runs before the check has failed.
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

    /// Sets the success threshold: the consecutive successful runs before the check has recovered.
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

    /// Sets what it counts as until enough runs have said something: unknown, which keeps the program from being ready.
    #[must_use]
    pub const fn initial(mut self, status: Status) -> Self {
        self.initial = status;
        self
    }

    /// Sets for how long after its registration, until it has passed once, a failure does not fail liveness: zero.
    ///
    /// For a check of the kind `liveness` whose subject takes its time to come up. Readiness has no such grace.
    #[must_use]
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets the groups that it is in; each can be asked for at `/readyz/{group}`.
    #[must_use]
    pub const fn groups(mut self, groups: &'static [&'static str]) -> Self {
        self.groups = groups;
        self
    }

    /// Sets words to find it by.
    #[must_use]
    pub const fn tags(mut self, tags: &'static [&'static str]) -> Self {
        self.tags = tags;
        self
    }

    /// Sets where it is declared.
    #[must_use]
    pub const fn location(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }
}
