//! Attribute types: their short names, aliases and object identifiers.

/// The object identifier, the short name (RFC 4514, else OpenSSL) and aliases of an attribute type.
type AttributeType = (&'static str, &'static str, &'static [&'static str]);

const TYPES: [AttributeType; 32] = [
    ("2.5.4.3", "CN", &["commonName"]),
    ("2.5.4.4", "SN", &["surname"]),
    ("2.5.4.5", "serialNumber", &[]),
    ("2.5.4.6", "C", &["countryName"]),
    ("2.5.4.7", "L", &["localityName"]),
    ("2.5.4.8", "ST", &["S", "stateOrProvinceName"]),
    ("2.5.4.9", "street", &["streetAddress"]),
    ("2.5.4.10", "O", &["organizationName"]),
    ("2.5.4.11", "OU", &["organizationalUnitName"]),
    ("2.5.4.12", "title", &["T"]),
    ("2.5.4.13", "description", &[]),
    ("2.5.4.15", "businessCategory", &[]),
    ("2.5.4.17", "postalCode", &[]),
    ("2.5.4.18", "postOfficeBox", &[]),
    ("2.5.4.20", "telephoneNumber", &[]),
    ("2.5.4.41", "name", &[]),
    ("2.5.4.42", "GN", &["givenName", "G"]),
    ("2.5.4.43", "initials", &[]),
    ("2.5.4.44", "generationQualifier", &["generation"]),
    ("2.5.4.45", "x500UniqueIdentifier", &[]),
    ("2.5.4.46", "dnQualifier", &["dnq"]),
    ("2.5.4.65", "pseudonym", &[]),
    ("2.5.4.72", "role", &[]),
    ("2.5.4.97", "organizationIdentifier", &[]),
    ("0.9.2342.19200300.100.1.1", "UID", &["userId"]),
    ("0.9.2342.19200300.100.1.3", "mail", &["rfc822Mailbox"]),
    ("0.9.2342.19200300.100.1.25", "DC", &["domainComponent"]),
    ("1.2.840.113549.1.9.1", "emailAddress", &["E", "email"]),
    ("1.2.840.113549.1.9.2", "unstructuredName", &[]),
    ("1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL", &["jurisdictionLocalityName"]),
    ("1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST", &["jurisdictionStateOrProvinceName"]),
    ("1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC", &["jurisdictionCountryName"]),
];

/// Returns the object identifier of the attribute type `name`, ignoring case.
///
/// Accepts identifiers in dotted decimal notation too.
pub(super) fn object_identifier(name: &str) -> Option<String> {
    let digits = match name.get(..4) {
        Some(prefix) if prefix.eq_ignore_ascii_case("OID.") => &name[4..],
        _ => name,
    };
    if is_object_identifier(digits) {
        return Some(digits.to_owned());
    }
    let is_named = |(_, short, others): &&AttributeType| {
        short.eq_ignore_ascii_case(name) || others.iter().any(|other| other.eq_ignore_ascii_case(name))
    };
    TYPES.iter().find(is_named).map(|(identifier, ..)| (*identifier).to_owned())
}

/// Returns the short name of an object identifier, or the identifier itself if it has none.
pub(super) fn name(identifier: &str) -> &str {
    TYPES.iter().find(|(known, ..)| *known == identifier).map_or(identifier, |(_, name, _)| name)
}

fn is_object_identifier(text: &str) -> bool {
    let is_number = |arc: &str| {
        !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit()) && (arc == "0" || !arc.starts_with('0'))
    };
    text.contains('.') && text.split('.').all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_short_names_aliases_and_object_identifiers() {
        for (text, identifier) in [
            ("CN", Some("2.5.4.3")),
            ("cn", Some("2.5.4.3")),
            ("commonName", Some("2.5.4.3")),
            ("2.5.4.3", Some("2.5.4.3")),
            ("OID.2.5.4.3", Some("2.5.4.3")),
            ("emailAddress", Some("1.2.840.113549.1.9.1")),
            ("EMAILADDRESS", Some("1.2.840.113549.1.9.1")),
            ("E", Some("1.2.840.113549.1.9.1")),
            ("1.2.3.4", Some("1.2.3.4")),
            ("1.02", None),
            ("1.", None),
            ("12", None),
            ("", None),
            ("nosuch", None),
        ] {
            assert_eq!(object_identifier(text).as_deref(), identifier, "{text:?}");
        }
    }

    #[test]
    fn names_are_unique() {
        let names = TYPES.iter().flat_map(|(_, short, others)| others.iter().chain([short]));
        let mut names: Vec<_> = names.map(|name| name.to_lowercase()).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
