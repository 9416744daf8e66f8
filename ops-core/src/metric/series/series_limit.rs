//! The series limit of a family with a dynamic label set.

use std::sync::atomic::{AtomicU32, Ordering};

/// The default of a registry that sets none.
const DEFAULT: u32 = 2_000;

/// The largest number of series of a family: its own option, or else the default of its registry.
///
/// It is read only when a series is created, so it may change at any time.
#[derive(Debug)]
pub(crate) struct SeriesLimit {
    own: Option<u32>,
    default: AtomicU32,
}

impl SeriesLimit {
    /// The limit `own`, or else a default that a registry may set.
    pub(crate) const fn new(own: Option<u32>) -> Self {
        SeriesLimit { own, default: AtomicU32::new(DEFAULT) }
    }

    pub(crate) fn get(&self) -> u32 {
        self.own.unwrap_or_else(|| self.default.load(Ordering::Relaxed))
    }

    /// Sets the limit of a family that has none of its own. Series that exist stay.
    pub(crate) fn set_default(&self, max_series: u32) {
        self.default.store(max_series, Ordering::Relaxed);
    }
}
