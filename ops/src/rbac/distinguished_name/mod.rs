//! X.500 distinguished names, such as certificate subjects, compared as values rather than as text.

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
/// Two names are equal if their RDNs are equal in the same or in reverse order, because RFC 4514 and OpenSSL use opposite
/// orders. Attribute types are compared by object identifier, the attributes of one RDN in any order, and strings ignoring
/// string type, case and repeated spaces.
#[derive(Clone, Debug)]
pub(crate) struct DistinguishedName {
    /// RFC 4514 representation, without control characters.
    text: String,
    /// RDNs in canonical form and order, for comparison.
    compared: Vec<BTreeSet<(String, ComparedValue)>>,
}

impl DistinguishedName {
    /// Parses a name.
    ///
    /// # Errors
    /// The complete error message, with the reason and the remedy.
    pub(crate) fn parse(text: &str) -> Result<DistinguishedName, &'static str> {
        text::parse(text).map(|names| DistinguishedName::new(&names))
    }

    /// Creates a name from its RDNs, in the order of RFC 4514.
    pub(crate) fn new(names: &[RelativeName]) -> DistinguishedName {
        let attributes = |name: &RelativeName| {
            name.iter().map(|Attribute { identifier, value }| (identifier.clone(), value.compared())).collect()
        };
        let mut compared: Vec<BTreeSet<_>> = names.iter().map(attributes).collect();
        let reversed: Vec<_> = compared.iter().rev().cloned().collect();
        // The order of a textual name is unknown, so both orders have the same canonical form.
        compared = compared.min(reversed);
        DistinguishedName { text: rfc_4514(names), compared }
    }

    /// Returns the RFC 4514 representation, without control characters.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

/// Formats a name according to RFC 4514.
fn rfc_4514(names: &[RelativeName]) -> String {
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        for (attribute_index, Attribute { identifier, value }) in name.iter().enumerate() {
            let separator = match (index, attribute_index) {
                (0, 0) => "",
                (_, 0) => ",",
                _ => "+",
            };
            // Writing to a `String` cannot fail.
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
