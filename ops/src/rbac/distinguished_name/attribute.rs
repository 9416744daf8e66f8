//! Attributes of distinguished names.

use super::value::AttributeValue;

/// A relative distinguished name (RDN), usually with a single attribute.
pub(crate) type RelativeName = Vec<Attribute>;

/// An attribute: a type and a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// The object identifier of the type, in dotted decimal notation.
    pub(crate) identifier: String,
    pub(crate) value: AttributeValue,
}
