//! Attributes: key-value pairs of spans, exemplars and series registered at run time.

use super::label_value::LabelValue;
use super::value_writer::ValueWriter;
use std::borrow::Cow;
use std::fmt;

/// A key-value pair: a span attribute, or a label of an exemplar or of a series created at run time.
#[derive(Clone, Debug, PartialEq)]
pub struct Attr {
    key: Cow<'static, str>,
    value: AttrValue,
}

/// The value of an [`Attr`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AttrValue {
    /// A string.
    Text(Cow<'static, str>),
    /// A signed integer.
    Integer(i64),
    /// An unsigned integer.
    Unsigned(u64),
    /// A floating-point number.
    Float(f64),
    /// A boolean.
    Bool(bool),
}

#[cfg(feature = "serde")]
impl serde::Serialize for AttrValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            AttrValue::Text(text) => serializer.serialize_str(text),
            AttrValue::Integer(value) => serializer.serialize_i64(*value),
            AttrValue::Unsigned(value) => serializer.serialize_u64(*value),
            AttrValue::Float(value) => serializer.serialize_f64(*value),
            AttrValue::Bool(value) => serializer.serialize_bool(*value),
        }
    }
}

/// Creates an attribute: `attr("tenant", "acme")`, `attr("items", 3)`, `attr("paid", true)`.
///
/// ```
/// # extern crate ops_core as ops;
/// let attr = ops::attr("items", 3);
/// assert_eq!((attr.key(), attr.value().to_string().as_str()), ("items", "3"));
/// ```
pub fn attr(key: impl Into<Cow<'static, str>>, value: impl Into<AttrValue>) -> Attr {
    Attr { key: key.into(), value: value.into() }
}

impl Attr {
    /// Creates an attribute with the value formatted with `Display`.
    pub fn display(key: impl Into<Cow<'static, str>>, value: &dyn fmt::Display) -> Attr {
        attr(key, value.to_string())
    }

    /// Creates an attribute with the value formatted with `Debug`.
    pub fn debug(key: impl Into<Cow<'static, str>>, value: &dyn fmt::Debug) -> Attr {
        attr(key, format!("{value:?}"))
    }

    /// Returns the key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the value.
    pub fn value(&self) -> &AttrValue {
        &self.value
    }
}

impl fmt::Display for AttrValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AttrValue::Text(text) => f.write_str(text),
            AttrValue::Integer(value) => fmt::Display::fmt(value, f),
            AttrValue::Unsigned(value) => fmt::Display::fmt(value, f),
            AttrValue::Float(value) => fmt::Display::fmt(value, f),
            AttrValue::Bool(value) => fmt::Display::fmt(value, f),
        }
    }
}

impl LabelValue for AttrValue {
    fn write(&self, to: &mut ValueWriter<'_>) {
        match self {
            AttrValue::Text(text) => to.push_str(text),
            AttrValue::Integer(value) => value.write(to),
            AttrValue::Unsigned(value) => value.write(to),
            AttrValue::Float(value) => to.push_str(&value.to_string()),
            AttrValue::Bool(value) => value.write(to),
        }
    }
}

impl From<&'static str> for AttrValue {
    fn from(text: &'static str) -> Self {
        AttrValue::Text(Cow::Borrowed(text))
    }
}

impl From<String> for AttrValue {
    fn from(text: String) -> Self {
        AttrValue::Text(Cow::Owned(text))
    }
}

impl From<Cow<'static, str>> for AttrValue {
    fn from(text: Cow<'static, str>) -> Self {
        AttrValue::Text(text)
    }
}

impl From<bool> for AttrValue {
    fn from(value: bool) -> Self {
        AttrValue::Bool(value)
    }
}

macro_rules! numbers {
    ($($number:ty => $variant:ident as $wide:ty),* $(,)?) => {$(
        impl From<$number> for AttrValue {
            fn from(value: $number) -> Self {
                AttrValue::$variant(<$wide>::from(value))
            }
        }
    )*};
}

numbers! {
    i8 => Integer as i64, i16 => Integer as i64, i32 => Integer as i64, i64 => Integer as i64,
    u8 => Unsigned as u64, u16 => Unsigned as u64, u32 => Unsigned as u64, u64 => Unsigned as u64,
    f32 => Float as f64, f64 => Float as f64,
}

impl From<usize> for AttrValue {
    fn from(value: usize) -> Self {
        AttrValue::Unsigned(value as u64)
    }
}

impl From<isize> for AttrValue {
    fn from(value: isize) -> Self {
        AttrValue::Integer(value as i64)
    }
}
