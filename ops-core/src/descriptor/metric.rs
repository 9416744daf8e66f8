//! Declarations of `#[metric]`: kind, name, help text and unit.

use super::Location;
use std::fmt;

/// What a metric is to Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MetricKind {
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

impl MetricKind {
    /// The word of OpenMetrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
            MetricKind::Summary => "summary",
            MetricKind::Info => "info",
            MetricKind::StateSet => "stateset",
        }
    }
}

impl fmt::Display for MetricKind {
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
