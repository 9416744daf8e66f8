//! The number types of counters: `u64` and `f64`.

use crate::metric::cells::{CellRef, Layout, Reader, thread_cells};
use crate::metric::errors::{self, Reason};
use crate::metric::value::Number;
use std::fmt;

/// A number type of a [`Counter`](super::counter::Counter): `u64` or `f64`.
///
/// This trait is sealed.
pub trait Count: Copy + Sized + fmt::Debug + 'static + private::Sealed {
    /// `true` for integer types.
    #[doc(hidden)]
    const IS_WHOLE: bool;

    /// Converts to a [`Number`].
    #[doc(hidden)]
    fn number(self) -> Number;

    /// Returns `true` for the value at which a counter saturates.
    #[doc(hidden)]
    fn is_largest(self) -> bool;

    /// Converts to the value of an exemplar.
    #[doc(hidden)]
    fn as_f64(self) -> f64;
}

mod private {
    use super::{CellRef, Layout, Reader};

    pub trait Sealed: Sized {
        /// Cell layout of a counter of this type.
        #[expect(private_interfaces, reason = "the trait is sealed")]
        const LAYOUT: Layout;

        /// Adds `self` to the cells of this thread.
        #[expect(private_interfaces, reason = "the trait is sealed")]
        fn add_to(self, cells: CellRef);

        /// Returns the total over all threads.
        #[expect(private_interfaces, reason = "the trait is sealed")]
        fn read(reader: &Reader, cells: CellRef) -> Self;
    }
}

#[expect(private_interfaces, reason = "the trait is sealed")]
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

#[expect(private_interfaces, reason = "the trait is sealed")]
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
