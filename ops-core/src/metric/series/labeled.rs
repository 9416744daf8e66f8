//! Labels of a series with an associated value.

use crate::clock;
use crate::metric::cells::CellRef;

/// The labels of a series with an associated value.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Labeled<'a, V> {
    /// The labels as `name="value",…`.
    pub labels: &'a str,
    /// The value of the series.
    pub value: V,
}

/// The labels of a series of an integer counter with its total.
pub type Total<'a> = Labeled<'a, u64>;

/// The labels of a series with its cells.
pub(crate) type Entry<'a> = Labeled<'a, SeriesCells>;

/// The cells and the start time of a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SeriesCells {
    pub(crate) cells: CellRef,
    /// Start time in ticks ([`TICKS`] per second) since the process start; 0 for the process start itself.
    pub(crate) start_ticks: u32,
}

/// Number of ticks per second.
const TICKS: f64 = 64.0;

impl SeriesCells {
    /// Creates a series that starts with the process.
    #[inline]
    pub(crate) const fn new(cells: CellRef) -> Self {
        SeriesCells { cells, start_ticks: 0 }
    }

    /// Creates a series that starts now, for a family from which series have been removed.
    pub(crate) fn starting_now(cells: CellRef) -> Self {
        let since_start = clock::process_start().elapsed().as_secs_f64();
        SeriesCells { cells, start_ticks: (since_start * TICKS).ceil().max(1.0) as u32 }
    }

    /// Returns the start time as a Unix timestamp in seconds, or `None` for the process start.
    pub(crate) fn created(self) -> Option<f64> {
        (self.start_ticks > 0).then(|| clock::process_start_time() + f64::from(self.start_ticks) / TICKS)
    }
}
