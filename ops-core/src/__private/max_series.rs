//! The number of series as attributes write it.

/// Returns `series`, the largest number of series of a family.
///
/// # Panics
/// If it is 0: at compile time, as an attribute calls it.
#[track_caller]
pub const fn max_series(series: u32) -> u32 {
    assert!(series > 0, "a `max_series` of 0 is invalid: write 1 or more");
    series
}
