//! Validation of the option `max_series`.

/// Validates the maximum number of series of a family.
///
/// # Panics
/// Panics if `series` is 0. In an attribute, this is a compile error.
#[track_caller]
pub const fn max_series(series: u32) -> u32 {
    assert!(series > 0, "`max_series` must be greater than 0");
    series
}
