//! Limits as attributes write them.

/// `series`, which is above 0.
///
/// # Panics
/// If it is 0: at compile time, as an attribute calls it.
#[track_caller]
pub const fn series_limit(series: u32) -> u32 {
    assert!(series > 0, "a family has room for at least one series");
    series
}
