//! What an annotated item declares, and where it stands in the source. Plain constant data: no logic, no state.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// A place in the source of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Location {
    /// The file, as the compiler was given it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The path of the module.
    pub module: &'static str,
    /// The name of the Cargo package.
    pub package: &'static str,
}

impl Location {
    /// A place in the source.
    pub const fn new(file: &'static str, line: u32, module: &'static str, package: &'static str) -> Self {
        Location { file, line, module, package }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What a metric is to Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Only ever goes up, and starts at 0 with the process.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts observations in buckets, and sums them.
    Histogram,
    /// Counts observations and sums them.
    Summary,
    /// Facts as labels, with the value 1.
    Info,
    /// One series a state, of which those that hold are 1.
    StateSet,
}

impl Kind {
    /// The word of OpenMetrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
            Kind::Summary => "summary",
            Kind::Info => "info",
            Kind::StateSet => "stateset",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the attribute `#[metric]` says of a static or a function.
#[derive(Clone, Copy, Debug)]
pub struct MetricDescriptor {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) unit: Option<&'static str>,
    pub(crate) location: Location,
}

impl MetricDescriptor {
    /// A metric called `name`, without the suffixes that its unit and its kind add.
    pub const fn new(name: &'static str, help: &'static str, unit: Option<&'static str>, location: Location) -> Self {
        MetricDescriptor { name, help, unit, location }
    }
}

/// What a check decides about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "server", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum CheckKind {
    /// Whether the program can serve now: `/readyz`.
    Readiness,
    /// Whether the program is beyond recovery and should be restarted: `/livez`.
    Liveness,
    /// Whether the program has started: `/startupz`.
    Startup,
}

impl CheckKind {
    /// The word of the endpoints and of the attribute.
    pub const fn as_str(self) -> &'static str {
        match self {
            CheckKind::Readiness => "readiness",
            CheckKind::Liveness => "liveness",
            CheckKind::Startup => "startup",
        }
    }
}

/// What a health check declares: its name, what it decides about and how long it may take.
///
/// ```
/// use ops::{CheckDescriptor, CheckKind};
/// use std::time::Duration;
///
/// let check = CheckDescriptor::new("disk").kind(CheckKind::Liveness).timeout(Duration::from_millis(500)).critical(false);
/// assert_eq!(check.name(), "disk");
/// ```
#[derive(Clone, Debug)]
pub struct CheckDescriptor {
    pub(crate) name: Cow<'static, str>,
    pub(crate) help: &'static str,
    pub(crate) kind: CheckKind,
    pub(crate) critical: bool,
    pub(crate) timeout: Duration,
    pub(crate) tags: &'static [&'static str],
    pub(crate) location: Option<Location>,
}

impl CheckDescriptor {
    /// How long a check may take when it does not say: 2 s.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);

    /// A critical readiness check called `name`.
    pub const fn new(name: &'static str) -> Self {
        CheckDescriptor {
            name: Cow::Borrowed(name),
            help: "",
            kind: CheckKind::Readiness,
            critical: true,
            timeout: Self::DEFAULT_TIMEOUT,
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
    pub const fn kind(mut self, kind: CheckKind) -> Self {
        self.kind = kind;
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
