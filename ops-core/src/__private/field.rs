//! Attributes of a span, from references: naming an argument in `fields(..)` does not move it.

use crate::metric::{Attr, AttrValue, attr};
use std::borrow::Cow;
use std::fmt::{Debug, Display};

/// What can be the value of a field as it is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the value of a span's field",
    label = "expected a string, a number or a `bool`",
    note = "write `%value` for its `Display` or `?value` for its `Debug`"
)]
pub trait FieldValue {
    /// The value.
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

/// The attributes that a span starts with.
pub fn fields<const N: usize>(fields: [Attr; N]) -> Vec<Attr> {
    fields.into()
}

/// `key = value`
pub fn field(key: &'static str, value: &(impl FieldValue + ?Sized)) -> Attr {
    attr(key, value.to_value())
}

/// `secret(key)`: the value is masked, and not looked at.
pub fn field_secret<V: ?Sized>(key: &'static str, _value: &V) -> Attr {
    attr(key, "[redacted]")
}

/// `key = %value`
pub fn field_display(key: &'static str, value: &(impl Display + ?Sized)) -> Attr {
    Attr::display(key, &value)
}

/// `key = ?value`
pub fn field_debug(key: &'static str, value: &(impl Debug + ?Sized)) -> Attr {
    Attr::debug(key, &value)
}
