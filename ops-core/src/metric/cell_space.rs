//! Cell space: the configurable memory limit for the series of all metrics, and its current usage.

use super::cells::space;

/// Memory limit and usage of the series of all metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CellSpace {
    /// Bytes allocated to series.
    ///
    /// Exceeds `max_bytes` only if overflow series, or static label sets first used after dynamic ones, did not fit below the
    /// limit.
    pub used_bytes: u64,
    /// Memory limit in bytes.
    pub max_bytes: u64,
}

/// Returns the cell space usage of this process.
///
/// Each thread that updates a series has its own copy of the cells, in memory that is paged in on first use; the cell space
/// counts them once. A counter takes 8 bytes, or 16 with a dynamic label set; a histogram takes 24 bytes plus 8 per bucket,
/// including `+Inf`; a native histogram takes about 12 KiB, of which each thread touches 64 bytes per octave of observed
/// values.
///
/// ```
/// # extern crate ops_core as ops;
/// let space = ops::metric::cell_space();
/// assert!(space.used_bytes <= space.max_bytes);
/// ```
pub fn cell_space() -> CellSpace {
    let space::Usage { used, max } = space::usage();
    CellSpace { used_bytes: used, max_bytes: max }
}

/// Sets the cell space limit of this process. The default is 128 MiB.
///
/// If no space is left for a new series of a dynamic label set, its updates go to the overflow series `ops_overflow="true"` of
/// its family; this is counted in `ops_metric_overflow_total` and logged once per family. A sixteenth of the cell space is
/// reserved for overflow series, and they may exceed the limit. A static label set that does not fit is an error at startup.
///
/// `bytes` is clamped to 1 MiB ..= 256 MiB. On 32-bit targets the default and these bounds are an eighth of that. Call this
/// before the program records anything: existing series are kept.
///
/// ```
/// # extern crate ops_core as ops;
/// ops::metric::set_cell_space(64 << 20);
/// assert_eq!(ops::metric::cell_space().max_bytes, 64 << 20);
/// ```
pub fn set_cell_space(bytes: u64) {
    space::set_max(bytes);
}
