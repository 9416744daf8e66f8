//! The series limit of a family with a dynamic label set.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// Default limit if neither the family nor the registry sets one.
const DEFAULT: u32 = 2_000;

/// The maximum number of series of a family: declared, or the default of its registry.
///
/// Applied only when a series is created, so it may change at any time.
#[derive(Debug)]
pub(crate) struct SeriesLimit {
    declared: Option<u32>,
    default: AtomicU32,
    /// Number of lookups that went to the overflow series.
    overflowed: AtomicU64,
    /// `true` if the cell space was exhausted when a series was created.
    found_no_space: AtomicBool,
}

impl SeriesLimit {
    /// Creates a limit of `declared` series, or of the default of the registry if it is `None`.
    pub(crate) const fn new(declared: Option<u32>) -> Self {
        SeriesLimit {
            declared,
            default: AtomicU32::new(DEFAULT),
            overflowed: AtomicU64::new(0),
            found_no_space: AtomicBool::new(false),
        }
    }

    pub(crate) fn get(&self) -> u32 {
        self.declared.unwrap_or_else(|| self.default.load(Ordering::Relaxed))
    }

    /// Sets the default limit; existing series are kept.
    pub(crate) fn set_default(&self, max_series: u32) {
        self.default.store(max_series, Ordering::Relaxed);
    }

    /// Counts a lookup that went to the overflow series.
    pub(super) fn count_overflow(&self) {
        self.overflowed.fetch_add(1, Ordering::Relaxed);
    }

    /// Records that the cell space was exhausted when a series was created.
    pub(super) fn set_found_no_space(&self) {
        self.found_no_space.store(true, Ordering::Relaxed);
    }

    /// Returns the number of lookups that went to the overflow series.
    pub(crate) fn overflowed(&self) -> u64 {
        self.overflowed.load(Ordering::Relaxed)
    }

    /// Returns `true` if the cell space was exhausted when a series was created.
    pub(crate) fn found_no_space(&self) -> bool {
        self.found_no_space.load(Ordering::Relaxed)
    }
}
