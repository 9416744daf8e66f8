//! The formats, and how the `Content-Type` of an answer names them.

use crate::name::Escaping;
use std::fmt;

/// A format in which metrics are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(non_camel_case_types, reason = "the versions are part of the names, and their points are not")]
pub enum Format {
    /// The Prometheus text format 0.0.4: what every scraper reads, and what is written where nothing else is asked for.
    #[default]
    Text_0_0_4,
    /// The Prometheus text format 1.0.0, which differs only for metric names that 0.0.4 has no way to write; a program has
    /// such names only if it asked for them.
    Text_1_0_0,
    /// OpenMetrics text as scrapers of before its release ask for it. What is written is that of 1.0.0.
    OpenMetrics_0_0_1,
    /// OpenMetrics text 1.0.0: exemplars and units as well.
    OpenMetrics_1_0_0,
    /// Delimited protobuf messages `io.prometheus.client.MetricFamily`: native histograms and start times as well.
    Protobuf,
}

/// A format and, where it was asked for, an escaping scheme: what a `Content-Type` says.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::exposition::{ContentType, Format};
///
/// assert_eq!(ContentType::new(Format::Text_0_0_4).to_string(), "text/plain; version=0.0.4; charset=utf-8");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ContentType {
    /// The format.
    pub format: Format,
    /// The escaping scheme of names, where one was asked for.
    pub escaping: Option<Escaping>,
}

impl ContentType {
    /// `format`, with no escaping scheme asked for.
    pub const fn new(format: Format) -> Self {
        ContentType { format, escaping: None }
    }

    /// The escaping scheme that the header says: the one asked for, and for text 1.0.0, which must say one, underscores.
    fn stated_escaping(&self) -> Option<Escaping> {
        match self.format {
            Format::Text_0_0_4 => None,
            Format::Text_1_0_0 => Some(self.escaping.unwrap_or_default()),
            Format::OpenMetrics_0_0_1 | Format::OpenMetrics_1_0_0 | Format::Protobuf => self.escaping,
        }
    }
}

/// The value of the header `Content-Type`.
impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.format {
            Format::Text_0_0_4 => "text/plain; version=0.0.4; charset=utf-8",
            Format::Text_1_0_0 => "text/plain; version=1.0.0; charset=utf-8",
            Format::OpenMetrics_0_0_1 => "application/openmetrics-text; version=0.0.1; charset=utf-8",
            Format::OpenMetrics_1_0_0 => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Format::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
        })?;
        match self.stated_escaping() {
            Some(escaping) => write!(f, "; escaping={}", escaping.as_str()),
            None => Ok(()),
        }
    }
}
