//! A fact that a check adds to its answer.

use super::reason;
use std::fmt;

/// A fact that a check adds to its answer: a number, a truth value or a text.
///
/// A text keeps at most 4 KiB. In JSON, a number that is not finite is `null`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "server", derive(serde::Serialize), serde(untagged))]
#[non_exhaustive]
pub enum Detail {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Signed(i64),
    /// A whole number that is not negative.
    Unsigned(u64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Detail::Bool(value) => value.fmt(f),
            Detail::Signed(value) => value.fmt(f),
            Detail::Unsigned(value) => value.fmt(f),
            Detail::Float(value) => value.fmt(f),
            Detail::Text(value) => value.fmt(f),
        }
    }
}

impl From<bool> for Detail {
    fn from(value: bool) -> Self {
        Detail::Bool(value)
    }
}

impl From<f32> for Detail {
    fn from(value: f32) -> Self {
        Detail::Float(value.into())
    }
}

impl From<f64> for Detail {
    fn from(value: f64) -> Self {
        Detail::Float(value)
    }
}

impl From<&str> for Detail {
    fn from(value: &str) -> Self {
        Detail::Text(reason::bounded(value))
    }
}

impl From<String> for Detail {
    fn from(value: String) -> Self {
        Detail::Text(reason::bounded(value))
    }
}

macro_rules! from_whole_number {
    ($variant:ident($wide:ty): $($narrow:ty)*) => {$(
        impl From<$narrow> for Detail {
            fn from(value: $narrow) -> Self {
                Detail::$variant(value as $wide)
            }
        }
    )*};
}

from_whole_number!(Signed(i64): i8 i16 i32 i64 isize);
from_whole_number!(Unsigned(u64): u8 u16 u32 u64 usize);
