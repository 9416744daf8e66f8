//! Declarations of `#[metric]`: kind, name, help text and unit.

use super::Location;
use std::fmt;

/// The type of a metric, as in OpenMetrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MetricKind {
    /// A monotonically increasing value that starts at 0 with the process.
    Counter,
    /// A value that can go up and down.
    Gauge,
    /// A bucketed distribution of observations.
    Histogram,
    /// The count and sum of observations.
    Summary,
    /// Facts as labels, with the constant value 1.
    Info,
    /// One series per state, with the value 1 for the current state.
    StateSet,
}

impl MetricKind {
    /// Returns the OpenMetrics name of the type.
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

/// The declaration of a metric by `#[metric]` on a static or a function.
#[derive(Clone, Copy, Debug)]
pub struct MetricDescriptor {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) unit: Option<&'static str>,
    pub(crate) location: Location,
}

impl MetricDescriptor {
    /// Creates a descriptor. `name` excludes the suffixes derived from the unit and the type.
    pub const fn new(name: &'static str, help: &'static str, unit: Option<&'static str>, location: Location) -> Self {
        MetricDescriptor { name, help, unit, location }
    }
}
