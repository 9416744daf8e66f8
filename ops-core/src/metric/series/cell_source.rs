//! Where the cells of the series of a dynamic label set come from.

use crate::metric::cells::{CellRef, Layout, space};

/// Allocates cells of series and takes them back.
pub(crate) trait CellSource {
    /// Returns cells for a series, or `None` if there is no space.
    fn allocate(&self) -> Option<CellRef>;

    /// Returns cells for the overflow series: there is space for that when there is none for others.
    fn allocate_reserved(&self) -> CellRef;

    /// Takes back the cells of removed series.
    fn free(&self, cells: &[CellRef]);

    /// As [`free`](Self::free), of a series of which no handle is left.
    fn free_unheld(&self, cells: CellRef) {
        self.free(&[cells]);
    }

    /// Returns `true` if the cells are still those of the series that they were allocated for.
    fn is_current(&self, cells: CellRef) -> bool;
}

/// Thread-local cells of the layout that the function returns: asked for it only as a series is made.
#[derive(Clone, Copy)]
pub(super) struct CellsOf<F>(pub(super) F);

impl<F: Fn() -> Layout> CellSource for CellsOf<F> {
    fn allocate(&self) -> Option<CellRef> {
        self.0().allocate()
    }

    fn allocate_reserved(&self) -> CellRef {
        self.0().allocate_reserved()
    }

    fn free(&self, cells: &[CellRef]) {
        self.0().free(cells);
    }

    fn is_current(&self, cells: CellRef) -> bool {
        self.0().is_current(cells)
    }
}

/// Thread-local cells of this layout.
impl CellSource for Layout {
    fn allocate(&self) -> Option<CellRef> {
        space::allocate(*self)
    }

    fn allocate_reserved(&self) -> CellRef {
        space::allocate_reserved(*self)
    }

    fn free(&self, cells: &[CellRef]) {
        space::free(*self, cells);
    }

    fn free_unheld(&self, cells: CellRef) {
        space::free_unheld(*self, cells);
    }

    fn is_current(&self, cells: CellRef) -> bool {
        space::is_current(cells)
    }
}
