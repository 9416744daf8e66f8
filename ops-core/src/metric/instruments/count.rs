//! The numbers that a counter counts in.

use crate::metric::cells::{Reader, thread_cells};
use crate::metric::errors::{self, Reason};
use crate::metric::value::Number;
use std::fmt;

/// What a [`Counter`](super::counter::Counter) counts in: `u64` or `f64`.
pub trait Count: Copy + Sized + fmt::Debug + 'static + private::Sealed {
    /// Adds to the cell in `slot`.
    #[doc(hidden)]
    fn add_to(self, slot: u32);

    /// What the cell in `slot` holds, of all threads.
    #[doc(hidden)]
    fn read(reader: &Reader, slot: u32) -> Self;

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
    pub trait Sealed {}
    impl Sealed for u64 {}
    impl Sealed for f64 {}
}

impl Count for u64 {
    const IS_WHOLE: bool = true;

    #[inline]
    fn add_to(self, slot: u32) {
        thread_cells::add(slot, self);
    }

    #[inline]
    fn read(reader: &Reader, slot: u32) -> Self {
        reader.total(slot)
    }

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

    #[inline]
    fn add_to(self, slot: u32) {
        if self >= 0.0 {
            thread_cells::add_float(slot, self);
        } else {
            errors::record(if self.is_nan() { Reason::Nan } else { Reason::Negative });
        }
    }

    fn read(reader: &Reader, slot: u32) -> Self {
        reader.float(slot)
    }

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
