//! Allocators of cells for the series of a dynamic label set.

use crate::metric::cells::{CellRef, Layout, space};

/// An allocator of cells.
pub(crate) trait CellSource {
    /// Allocates cells for a series, or returns `None` if the cell space is exhausted.
    fn allocate(&self) -> Option<CellRef>;

    /// Allocates cells for the overflow series from reserved space.
    ///
    /// Returns the [sink](CellRef::SINK) if that is exhausted.
    fn allocate_reserved(&self) -> CellRef;

    /// Frees the cells of removed series.
    fn free(&self, cells: &[CellRef]);

    /// Frees the cells of a series that has no handles.
    fn free_unheld(&self, cells: CellRef) {
        self.free(&[cells]);
    }

    /// Returns `true` if the cells have not been recycled.
    fn is_current(&self, cells: CellRef) -> bool;
}

/// A source of thread-local cells whose layout is computed only when needed.
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

/// A source of thread-local cells of this layout.
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
