//! Options for the series of a dynamic label set.

use std::time::Duration;

/// Declared options for the series of a dynamic label set.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SeriesOptions {
    /// Maximum number of series; further ones share the overflow series.
    pub(crate) max_series: Option<u32>,
    /// Idle time after which a series is removed.
    pub(crate) ttl: Option<Duration>,
}

impl SeriesOptions {
    /// Creates options with the default limit and without expiry.
    pub(crate) const fn new() -> Self {
        SeriesOptions { max_series: None, ttl: None }
    }

    /// Returns the attribute name of the first declared option.
    pub(crate) const fn declared_option(self) -> Option<&'static str> {
        match self {
            SeriesOptions { max_series: Some(_), .. } => Some("max_series"),
            SeriesOptions { ttl: Some(_), .. } => Some("ttl"),
            _ => None,
        }
    }
}
