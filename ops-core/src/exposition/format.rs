//! Exposition formats and their `Content-Type` headers.

use crate::name::Escaping;
use std::fmt;

/// An exposition format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(non_camel_case_types, reason = "underscores separate the parts of a version")]
pub enum Format {
    /// The Prometheus text format 0.0.4, which every scraper supports; the default.
    #[default]
    Text_0_0_4,
    /// The Prometheus text format 1.0.0, which adds quoted UTF-8 metric names to 0.0.4.
    Text_1_0_0,
    /// OpenMetrics text as requested by scrapers that predate 1.0.0; the content is that of 1.0.0.
    OpenMetrics_0_0_1,
    /// OpenMetrics text 1.0.0, with exemplars and units.
    OpenMetrics_1_0_0,
    /// Delimited `io.prometheus.client.MetricFamily` messages, with native histograms and creation times.
    Protobuf,
}

/// The content type of a scrape response: a format and, if negotiated, an escaping scheme.
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
    /// The escaping scheme of metric names, if one was requested.
    pub escaping: Option<Escaping>,
}

impl ContentType {
    /// Creates the content type of `format`, without an escaping scheme.
    pub const fn new(format: Format) -> Self {
        ContentType { format, escaping: None }
    }

    /// Returns the escaping scheme to state in the header; text 1.0.0 must state one.
    fn stated_escaping(&self) -> Option<Escaping> {
        match self.format {
            Format::Text_0_0_4 => None,
            Format::Text_1_0_0 => Some(self.escaping.unwrap_or_default()),
            Format::OpenMetrics_0_0_1 | Format::OpenMetrics_1_0_0 | Format::Protobuf => self.escaping,
        }
    }
}

/// Formats the value of the `Content-Type` header.
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
