//! The series limit of a family with a dynamic label set.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// The default of a registry that sets none.
const DEFAULT: u32 = 2_000;

/// The largest number of series of a family: its own option, or else the default of its registry.
///
/// It is read only when a series is created, so it may change at any time.
#[derive(Debug)]
pub(crate) struct SeriesLimit {
    own: Option<u32>,
    default: AtomicU32,
    /// How often a series was asked for past the limit, or without cell space.
    overflowed: AtomicU64,
    found_no_space: AtomicBool,
}

impl SeriesLimit {
    /// The limit `own`, or else a default that a registry may set.
    pub(crate) const fn new(own: Option<u32>) -> Self {
        SeriesLimit {
            own,
            default: AtomicU32::new(DEFAULT),
            overflowed: AtomicU64::new(0),
            found_no_space: AtomicBool::new(false),
        }
    }

    pub(crate) fn get(&self) -> u32 {
        self.own.unwrap_or_else(|| self.default.load(Ordering::Relaxed))
    }

    /// Sets the limit of a family that has none of its own. Series that exist stay.
    pub(crate) fn set_default(&self, max_series: u32) {
        self.default.store(max_series, Ordering::Relaxed);
    }

    /// Counts a series that was asked for past the limit.
    pub(super) fn count_overflow(&self) {
        self.overflowed.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that there was no cell space for a series.
    pub(super) fn note_no_space(&self) {
        self.found_no_space.store(true, Ordering::Relaxed);
    }

    /// Returns how often a series was asked for past the limit, or without cell space.
    pub(crate) fn overflowed(&self) -> u64 {
        self.overflowed.load(Ordering::Relaxed)
    }

    /// Returns `true` if there was no cell space for a series.
    pub(crate) fn found_no_space(&self) -> bool {
        self.found_no_space.load(Ordering::Relaxed)
    }
}
