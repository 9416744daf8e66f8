//! A series as the tables hand it over: its labels, and what belongs to them.

use crate::clock;
use crate::metric::cells::CellRef;

/// A series, and what belongs to it.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Labelled<'a, V> {
    /// The labels as `name="value",…`.
    pub labels: &'a str,
    /// What belongs to them.
    pub value: V,
}

/// One series of a counter of whole things, of which nothing is known but its total.
pub type Total<'a> = Labelled<'a, u64>;

/// One series: its labels, and its cells.
pub(crate) type Entry<'a> = Labelled<'a, SeriesCells>;

/// The cells of a series, and when it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SeriesCells {
    pub(crate) cells: CellRef,
    /// The time since the start of the process, in [`TICKS`] a second, rounded up; 0 for a series that counts since then.
    pub(crate) began: u32,
}

const TICKS: f64 = 64.0;

impl SeriesCells {
    /// Cells of a series that counts since the start of the process.
    #[inline]
    pub(crate) const fn new(cells: CellRef) -> Self {
        SeriesCells { cells, began: 0 }
    }

    /// Cells of a series that begins now, after another one of its family was removed.
    pub(crate) fn beginning_now(cells: CellRef) -> Self {
        let since_start = clock::process_start().elapsed().as_secs_f64();
        SeriesCells { cells, began: (since_start * TICKS).ceil().max(1.0) as u32 }
    }

    /// Returns when the series began, in seconds since 1970-01-01 UTC; `None` if it counts since the start of the process.
    pub(crate) fn created(self) -> Option<f64> {
        (self.began > 0).then(|| clock::process_start_time() + f64::from(self.began) / TICKS)
    }
}
