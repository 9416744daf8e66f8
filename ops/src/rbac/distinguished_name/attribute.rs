//! Attributes: the parts that a distinguished name consists of.

use super::value::AttributeValue;

/// A part of a name: one attribute, as a rule.
pub(crate) type RelativeName = Vec<Attribute>;

/// A type with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// The object identifier of the type, in digits.
    pub(crate) identifier: String,
    pub(crate) value: AttributeValue,
}
