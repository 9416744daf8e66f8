//! The setting of the cell space, and how much of it is used.

use super::cells::space;

/// The memory that the series of all metrics may take, and how much of it they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CellSpace {
    /// The bytes that series take; more than `max_bytes` only where overflow series, or static label sets that are used
    /// after dynamic ones, found no space below it.
    pub used_bytes: u64,
    /// The most bytes that they may take.
    pub max_bytes: u64,
}

/// Returns how much of the cell space of this process is used.
///
/// Each thread that updates a series has its own copy of the cells of that series, in memory that is paged in as it is touched; the
/// cell space counts a series once. A counter takes 8 bytes, or 16 where its label set is dynamic; a histogram 24 bytes and 8 a
/// bucket; a native histogram about 12 KiB, of which each thread touches 64 bytes an octave of the values that it observes.
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

/// Sets the cell space of this process: 128 MiB unless this is called.
///
/// A series of a dynamic label set that finds no space is counted in the series `ops_overflow="true"` of its own family, for
/// which a sixteenth of the cell space is reserved and, where that is used up, more is taken; this is counted in `ops_metric_overflow_total` and logged once a family. A
/// static label set for which there is no space is an error at start. `bytes` is raised to 1 MiB and lowered to 256 MiB where it
/// is below or above. Call this before the program records anything: series that exist stay.
///
/// ```
/// # extern crate ops_core as ops;
/// ops::metric::set_cell_space(64 << 20);
/// assert_eq!(ops::metric::cell_space().max_bytes, 64 << 20);
/// ```
pub fn set_cell_space(bytes: u64) {
    space::set_max(bytes);
}
