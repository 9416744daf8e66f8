//! Distinguished names of X.500, such as the subjects of certificates, compared as values and not as text.

mod attribute;
mod attribute_type;
#[cfg(test)]
mod tests;
mod text;
mod value;

pub(crate) use attribute::Attribute;
#[cfg(feature = "tls")]
pub(crate) use value::AttributeValue;

use attribute::RelativeName;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::hash::{Hash, Hasher};
use value::ComparedValue;

/// A distinguished name.
///
/// Two are equal if their parts are, in the same order or in the opposite one, as RFC 4514 and OpenSSL write them: types by their
/// object identifiers, the attributes of one part in any order, and texts without regard to their string type, to case and to
/// how many spaces are between words.
#[derive(Clone, Debug)]
pub(crate) struct DistinguishedName {
    /// As RFC 4514 writes it, without control characters.
    text: String,
    compared: Vec<BTreeSet<(String, ComparedValue)>>,
}

impl DistinguishedName {
    /// Parses a name in text.
    ///
    /// # Errors
    /// The reason, and the remedy.
    pub(crate) fn parse(text: &str) -> Result<DistinguishedName, &'static str> {
        text::parse(text).map(|names| DistinguishedName::new(&names))
    }

    /// Creates a name of its parts, in the order in which RFC 4514 writes them.
    pub(crate) fn new(names: &[RelativeName]) -> DistinguishedName {
        let attributes = |name: &RelativeName| {
            name.iter().map(|Attribute { identifier, value }| (identifier.clone(), value.compared())).collect()
        };
        let mut compared: Vec<BTreeSet<_>> = names.iter().map(attributes).collect();
        let reversed: Vec<_> = compared.iter().rev().cloned().collect();
        // Which end comes first is not to be seen in a text.
        compared = compared.min(reversed);
        DistinguishedName { text: written(names), compared }
    }

    /// Returns the name as RFC 4514 writes it, without control characters.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

fn written(names: &[RelativeName]) -> String {
    let mut text = String::new();
    for (at, name) in names.iter().enumerate() {
        for (within, Attribute { identifier, value }) in name.iter().enumerate() {
            let separator = match (at, within) {
                (0, 0) => "",
                (_, 0) => ",",
                _ => "+",
            };
            // A `String` takes all that is written to it.
            let _ = write!(text, "{separator}{}={value}", attribute_type::name(identifier));
        }
    }
    text
}

impl PartialEq for DistinguishedName {
    fn eq(&self, other: &Self) -> bool {
        self.compared == other.compared
    }
}

impl Eq for DistinguishedName {}

impl PartialOrd for DistinguishedName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DistinguishedName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compared.cmp(&other.compared)
    }
}

impl Hash for DistinguishedName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.compared.hash(state);
    }
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
