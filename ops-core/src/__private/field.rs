//! Span attributes created from references, so that `fields(..)` does not move arguments.

use crate::metric::{Attr, AttrValue, attr};
use std::borrow::Cow;
use std::fmt::{Debug, Display};

/// A type whose values can be recorded as a span field without formatting.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a span field",
    label = "expected a string, a number or a `bool`",
    note = "write `%value` to record its `Display` output or `?value` to record its `Debug` output"
)]
pub trait FieldValue {
    /// Converts to an attribute value.
    fn to_value(&self) -> AttrValue;
}

macro_rules! plain {
    ($($plain:ty)*) => {$(
        impl FieldValue for $plain {
            fn to_value(&self) -> AttrValue {
                AttrValue::from(*self)
            }
        }
    )*};
}

plain!(bool u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64);

impl FieldValue for str {
    fn to_value(&self) -> AttrValue {
        AttrValue::from(self.to_owned())
    }
}

impl FieldValue for String {
    fn to_value(&self) -> AttrValue {
        self.as_str().to_value()
    }
}

impl FieldValue for Cow<'_, str> {
    fn to_value(&self) -> AttrValue {
        self.as_ref().to_value()
    }
}

impl<T: FieldValue + ?Sized> FieldValue for &T {
    fn to_value(&self) -> AttrValue {
        T::to_value(self)
    }
}

impl<T: FieldValue + ?Sized> FieldValue for &mut T {
    fn to_value(&self) -> AttrValue {
        T::to_value(self)
    }
}

/// Collects the initial attributes of a span.
pub fn fields<const N: usize>(fields: [Attr; N]) -> Vec<Attr> {
    fields.into()
}

/// Creates the attribute of `key = value`.
pub fn field(key: &'static str, value: &(impl FieldValue + ?Sized)) -> Attr {
    attr(key, value.to_value())
}

/// Creates the attribute of `secret(key)`, with the value `[redacted]`; the actual value is not read.
pub fn field_secret<V: ?Sized>(key: &'static str, _value: &V) -> Attr {
    attr(key, "[redacted]")
}

/// Creates the attribute of `key = %value`.
pub fn field_display(key: &'static str, value: &(impl Display + ?Sized)) -> Attr {
    Attr::display(key, &value)
}

/// Creates the attribute of `key = ?value`.
pub fn field_debug(key: &'static str, value: &(impl Debug + ?Sized)) -> Attr {
    Attr::debug(key, &value)
}
