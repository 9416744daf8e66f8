//! Options of the series of a dynamic label set.

use std::time::Duration;

/// The options that an instrument declares for the series of a dynamic label set.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SeriesOptions {
    /// The largest number of series; further ones are counted together.
    pub(crate) max_series: Option<u32>,
    /// The time after which an idle series is removed.
    pub(crate) ttl: Option<Duration>,
}

impl SeriesOptions {
    /// The default number of series, and series that never expire.
    pub(crate) const fn new() -> Self {
        SeriesOptions { max_series: None, ttl: None }
    }

    /// Returns the name of an option that is set, as the attribute spells it.
    pub(crate) const fn set_option(self) -> Option<&'static str> {
        match self {
            SeriesOptions { max_series: Some(_), .. } => Some("max_series"),
            SeriesOptions { ttl: Some(_), .. } => Some("ttl"),
            _ => None,
        }
    }
}
