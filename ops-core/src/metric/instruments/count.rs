//! The numbers that a counter counts in.

use crate::metric::cells::{CellRef, Layout, Reader, thread_cells};
use crate::metric::errors::{self, Reason};
use crate::metric::value::Number;
use std::fmt;

/// What a [`Counter`](super::counter::Counter) counts in: `u64` or `f64`.
pub trait Count: Copy + Sized + fmt::Debug + 'static + private::Sealed {
    /// Whether it counts whole things.
    #[doc(hidden)]
    const IS_WHOLE: bool;

    /// As a value of a series.
    #[doc(hidden)]
    fn number(self) -> Number;

    /// Whether it is the largest number there is.
    #[doc(hidden)]
    fn is_largest(self) -> bool;

    /// As an exemplar has it.
    #[doc(hidden)]
    fn as_f64(self) -> f64;
}

mod private {
    use super::{CellRef, Layout, Reader};

    pub trait Sealed: Sized {
        /// The cell of a counter.
        #[expect(private_interfaces, reason = "nobody else implements or calls it")]
        const LAYOUT: Layout;

        /// Adds to the cells.
        #[expect(private_interfaces, reason = "nobody else implements or calls it")]
        fn add_to(self, cells: CellRef);

        /// Returns what the cells hold, of all threads.
        #[expect(private_interfaces, reason = "nobody else implements or calls it")]
        fn read(reader: &Reader, cells: CellRef) -> Self;
    }
}

#[expect(private_interfaces, reason = "nobody else implements or calls it")]
impl private::Sealed for u64 {
    const LAYOUT: Layout = Layout::COUNTER;

    #[inline]
    fn add_to(self, cells: CellRef) {
        thread_cells::add(cells, self);
    }

    #[inline]
    fn read(reader: &Reader, cells: CellRef) -> Self {
        reader.total(cells)
    }
}

#[expect(private_interfaces, reason = "nobody else implements or calls it")]
impl private::Sealed for f64 {
    const LAYOUT: Layout = Layout::FLOAT_COUNTER;

    #[inline]
    fn add_to(self, cells: CellRef) {
        if self >= 0.0 {
            thread_cells::add_float(cells, self);
        } else {
            errors::record(if self.is_nan() { Reason::Nan } else { Reason::Negative });
        }
    }

    fn read(reader: &Reader, cells: CellRef) -> Self {
        reader.float(cells)
    }
}

impl Count for u64 {
    const IS_WHOLE: bool = true;

    fn number(self) -> Number {
        Number::Integer(self)
    }

    fn is_largest(self) -> bool {
        self == u64::MAX
    }

    fn as_f64(self) -> f64 {
        self as f64
    }
}

impl Count for f64 {
    const IS_WHOLE: bool = false;

    fn number(self) -> Number {
        Number::Float(self)
    }

    fn is_largest(self) -> bool {
        self == f64::INFINITY
    }

    fn as_f64(self) -> f64 {
        self
    }
}
