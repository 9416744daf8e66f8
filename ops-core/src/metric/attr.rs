//! Key and value of a span or of a series made at run time.

use super::label_writer::{LabelWriter, ValueWriter};
use super::labels::{LabelValue, Labels};
use crate::name;
use std::borrow::Cow;
use std::fmt;

/// A key with a value: an attribute of a span, or a label of a series made at run time.
#[derive(Clone, Debug, PartialEq)]
pub struct Attr {
    key: Cow<'static, str>,
    value: AttrValue,
}

/// The value of an [`Attr`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AttrValue {
    /// Text.
    Text(Cow<'static, str>),
    /// A signed integer.
    Integer(i64),
    /// An unsigned integer.
    Unsigned(u64),
    /// A floating-point number.
    Float(f64),
    /// True or false.
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

/// An attribute: `attr("tenant", "acme")`, `attr("items", 3)`, `attr("paid", true)`.
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
    /// An attribute whose value is shown with `Display`.
    pub fn display(key: impl Into<Cow<'static, str>>, value: &dyn fmt::Display) -> Attr {
        attr(key, value.to_string())
    }

    /// An attribute whose value is shown with `Debug`.
    pub fn debug(key: impl Into<Cow<'static, str>>, value: &dyn fmt::Debug) -> Attr {
        attr(key, format!("{value:?}"))
    }

    /// What it is called.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it says.
    pub fn value(&self) -> &AttrValue {
        &self.value
    }
}

/// Attributes as the labels of a series, in the order of their keys; of two with one key the last counts.
///
/// A key that is not a label name is made one, as `user-id` becomes `user_id`, so that no series spoils a scrape.
#[derive(Debug)]
pub(crate) struct AttrLabels<'a>(pub(crate) &'a [Attr]);

impl Labels for AttrLabels<'_> {
    type Of<'a>
        = AttrLabels<'a>
    where
        Self: 'a;

    fn names(_to: &mut Vec<&'static str>) {}

    fn combinations() -> Option<usize> {
        None
    }

    fn index(&self) -> usize {
        0
    }

    fn write(&self, to: &mut LabelWriter<'_>) {
        if let [attr] = self.0 {
            return to.label(&label_name(&attr.key), &attr.value);
        }
        let mut labels: Vec<(Cow<'_, str>, &AttrValue)> =
            self.0.iter().map(|attr| (label_name(&attr.key), &attr.value)).collect();
        labels.sort_by(|left, right| left.0.cmp(&right.0));
        for (at, (name, value)) in labels.iter().enumerate() {
            if labels.get(at + 1).is_none_or(|(next, _)| next != name) {
                to.label(name, *value);
            }
        }
    }

    fn write_nth(_n: usize, _to: &mut LabelWriter<'_>) {}
}

fn label_name(key: &str) -> Cow<'_, str> {
    let is_free = |name: &str| name::is_label_name(name) && !matches!(name, "le" | "quantile" | "ops_overflow");
    if is_free(key) {
        return Cow::Borrowed(key);
    }
    let spelled: String = key.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect();
    Cow::Owned(if is_free(&spelled) { spelled } else { format!("attr_{}", spelled.trim_start_matches('_')) })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_written_by_key_and_the_last_of_two_counts() {
        let mut text = String::new();
        let attrs = [attr("b", true), attr("a", 1), attr("a", "two")];
        AttrLabels(&attrs).write(&mut LabelWriter::new(&mut text));
        assert_eq!(text, r#"a="two",b="true""#);
    }

    #[test]
    fn a_key_that_is_no_label_name_is_made_one() {
        let mut text = String::new();
        let attrs = [attr("user-id", 1), attr("le", 2), attr("__name__", 3), attr("", 4), attr("ops_overflow", true)];
        AttrLabels(&attrs).write(&mut LabelWriter::new(&mut text));
        assert_eq!(text, r#"attr_="4",attr_le="2",attr_name__="3",attr_ops_overflow="true",user_id="1""#);
    }
}
