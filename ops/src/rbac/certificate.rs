//! Names in client certificates, and their mapping to users.

use super::PolicyError;
use super::distinguished_name::DistinguishedName;
use std::collections::BTreeSet;
use std::fmt;

/// Maximum length of a name, in bytes.
const MAX_LENGTH: usize = 1024;

/// A name in a client certificate that identifies a user of a policy.
///
/// A certificate has several names: its subject alternative names, its subject and its fingerprint. It authenticates the user to
/// whom the policy assigns one of them; it authenticates no user if the policy assigns them to different users. Names are
/// compared as a whole, without wildcards.
///
/// | in a policy file | name |
/// |---|---|
/// | `dns = "prometheus.example"` | a DNS name (`dNSName`) of the subject alternative names, case-insensitive |
/// | `email = "alice@example.org"` | an email address (`rfc822Name`) of the subject alternative names |
/// | `uri = "spiffe://example.org/prometheus"` | a URI of the subject alternative names, such as a SPIFFE ID |
/// | `subject = "CN=alice,O=Example"` | the entire subject in RFC 4514 format: `openssl x509 -noout -subject -nameopt RFC2253`; see [`subject`](CertificateName::subject) |
/// | `sha256 = "9f86d081…"` | the SHA-256 fingerprint: `openssl x509 -noout -fingerprint -sha256`, with or without colons |
///
/// ```
/// use ops::rbac::{CertificateName, Policy};
///
/// let policy = Policy::new().with_standard_roles();
/// policy.add_user("prometheus", &["scraper"]);
/// policy.add_certificate("prometheus", CertificateName::dns("Prometheus.example")?)?;
/// assert_eq!(CertificateName::dns("Prometheus.example")?.to_string(), "dns = \"prometheus.example\"");
/// assert!(CertificateName::uri("").is_err());
/// # Ok::<(), ops::rbac::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateName(NameKind);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum NameKind {
    Dns(String),
    Email(String),
    Uri(String),
    Subject(DistinguishedName),
    Sha256([u8; 32]),
}

impl CertificateName {
    /// Creates a DNS name, matched against the subject alternative names.
    ///
    /// # Errors
    /// [`PolicyError::InvalidCertificateName`] if it is empty, longer than 1024 bytes, or contains a control character.
    pub fn dns(name: &str) -> Result<CertificateName, PolicyError> {
        validated(name).map(|name| CertificateName(NameKind::Dns(name.to_ascii_lowercase())))
    }

    /// Creates an email address, matched against the subject alternative names.
    ///
    /// # Errors
    /// Like [`dns`](CertificateName::dns).
    pub fn email(address: &str) -> Result<CertificateName, PolicyError> {
        validated(address).map(|address| CertificateName(NameKind::Email(address.to_owned())))
    }

    /// Creates a URI, matched against the subject alternative names.
    ///
    /// # Errors
    /// Like [`dns`](CertificateName::dns).
    pub fn uri(uri: &str) -> Result<CertificateName, PolicyError> {
        validated(uri).map(|uri| CertificateName(NameKind::Uri(uri.to_owned())))
    }

    /// Parses a subject, matched as a whole, in the format of RFC 4514 or OpenSSL.
    ///
    /// Subjects are compared as values: attribute types by their object identifiers, the attributes of one RDN in any order,
    /// strings ignoring case and repeated spaces, and the RDNs in forward or reverse order.
    ///
    /// ```
    /// use ops::rbac::CertificateName;
    ///
    /// let subject = CertificateName::subject("CN=alice,O=Example")?;
    /// assert_eq!(subject, CertificateName::subject("subject=O = Example, CN = Alice")?);
    /// assert_eq!(subject, CertificateName::subject("/O=Example/CN=alice")?);
    /// assert!(CertificateName::subject("alice").is_err());
    /// # Ok::<(), ops::rbac::PolicyError>(())
    /// ```
    ///
    /// # Errors
    /// Like [`dns`](CertificateName::dns), and if `subject` is not a distinguished name.
    pub fn subject(subject: &str) -> Result<CertificateName, PolicyError> {
        let name = validated(subject).and_then(|subject| {
            DistinguishedName::parse(subject).map_err(|reason| PolicyError::InvalidCertificateName { reason })
        });
        name.map(|name| CertificateName(NameKind::Subject(name)))
    }

    /// Creates the name of a parsed subject.
    ///
    /// # Errors
    /// Like [`dns`](CertificateName::dns).
    #[cfg(feature = "tls")]
    pub(crate) fn of_subject(subject: DistinguishedName) -> Result<CertificateName, PolicyError> {
        validated(subject.as_str())?;
        Ok(CertificateName(NameKind::Subject(subject)))
    }

    /// Parses a SHA-256 fingerprint: 64 hexadecimal digits, optionally with colons.
    ///
    /// # Errors
    /// [`PolicyError::InvalidCertificateName`] for any other text.
    pub fn sha256(digits: &str) -> Result<CertificateName, PolicyError> {
        let digits = digits.replace(':', "");
        super::digits::parse(&digits).map(CertificateName::fingerprint).ok_or(PolicyError::InvalidCertificateName {
            reason: "invalid fingerprint: not 64 hexadecimal digits; write the SHA-256 of the certificate",
        })
    }

    /// Returns the key of this kind of name in a policy file.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.0 {
            NameKind::Dns(_) => "dns",
            NameKind::Email(_) => "email",
            NameKind::Uri(_) => "uri",
            NameKind::Subject(_) => "subject",
            NameKind::Sha256(_) => "sha256",
        }
    }

    /// Returns the value of the name in a policy file.
    pub(crate) fn value(&self) -> String {
        match &self.0 {
            NameKind::Dns(name) | NameKind::Email(name) | NameKind::Uri(name) => name.clone(),
            NameKind::Subject(name) => name.as_str().to_owned(),
            NameKind::Sha256(digest) => super::digits::Hexadecimal(digest).to_string(),
        }
    }

    /// Returns `true` for a subject alternative name, of which a certificate may have several.
    pub(crate) fn is_alternative(&self) -> bool {
        matches!(&self.0, NameKind::Dns(_) | NameKind::Email(_) | NameKind::Uri(_))
    }

    /// Creates the name of a SHA-256 fingerprint.
    pub(crate) fn fingerprint(sha256: [u8; 32]) -> CertificateName {
        CertificateName(NameKind::Sha256(sha256))
    }
}

fn validated(name: &str) -> Result<&str, PolicyError> {
    let is_valid = (1..=MAX_LENGTH).contains(&name.len()) && !name.contains(char::is_control);
    is_valid.then_some(name).ok_or(PolicyError::InvalidCertificateName {
        reason: "invalid certificate name; use 1 to 1024 bytes without control characters",
    })
}

impl fmt::Display for CertificateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {:?}", self.kind(), self.value())
    }
}

/// A client certificate whose chain was verified.
#[derive(Debug)]
pub(crate) struct ClientCertificate {
    pub(super) names: BTreeSet<CertificateName>,
}

impl ClientCertificate {
    /// Creates a certificate with these names.
    #[cfg_attr(
        not(any(feature = "tls", test)),
        expect(dead_code, reason = "without TLS no client can present a certificate")
    )]
    pub(crate) fn new(names: BTreeSet<CertificateName>) -> ClientCertificate {
        ClientCertificate { names }
    }

    /// Returns the names, sorted by kind.
    pub(crate) fn names(&self) -> impl Iterator<Item = &CertificateName> {
        self.names.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbac::{Cost, Policy};

    fn names(names: &[&str]) -> ClientCertificate {
        let names = names.iter().map(|name| CertificateName::uri(name).unwrap()).collect();
        ClientCertificate::new(names)
    }

    fn policy() -> Policy {
        let policy = Policy::with_cost(Cost::fastest_for_tests());
        for (user, uri) in [("alice", "a:1"), ("alice", "a:2"), ("bob", "b:1")] {
            policy.add_user(user, &[]);
            policy.add_certificate(user, CertificateName::uri(uri).unwrap()).unwrap();
        }
        policy
    }

    #[test]
    fn certificate_authenticates_the_only_user_with_one_of_its_names() {
        let policy = policy();
        for (shown, holder) in [
            (&["a:1"][..], Some("alice")),
            (&["a:1", "a:2", "c:1"], Some("alice")),
            (&["x", "b:1"], Some("bob")),
            (&["A:1"], None),
            (&["a:1 "], None),
            (&["a:"], None),
            (&[], None),
            (&["a:1", "b:1"], None),
        ] {
            assert_eq!(policy.snapshot().holder(&names(shown)), holder, "{shown:?}");
        }
        let dns = BTreeSet::from([CertificateName::dns("a:1").unwrap()]);
        let dns = ClientCertificate::new(dns);
        assert_eq!(policy.snapshot().holder(&dns), None, "the kind of name differs");
    }

    #[test]
    fn name_is_assigned_to_one_user_until_revoked() {
        let policy = policy();
        let name = || CertificateName::uri("a:1").unwrap();
        assert_eq!(
            policy.add_certificate("bob", name()).unwrap_err().to_string(),
            "duplicate certificate name `uri = \"a:1\"`: already assigned to user `alice`; assign it to one user only"
        );
        assert!(policy.add_certificate("ghost", CertificateName::uri("g").unwrap()).is_err());
        policy.revoke_certificates("alice").unwrap();
        assert_eq!(policy.snapshot().holder(&names(&["a:1"])), None);
        policy.add_certificate("bob", name()).unwrap();
        assert_eq!(policy.snapshot().holder(&names(&["a:1"])), Some("bob"));
    }

    #[test]
    fn rejects_invalid_certificate_names() {
        for text in ["", "a\0", "a\nb", &"x".repeat(1025)] {
            assert!(CertificateName::uri(text).is_err() && CertificateName::subject(text).is_err(), "{text:?}");
        }
        let digits = "9F:86:D0:81:88:4C:7D:65:9A:2F:EA:A0:C5:5A:D0:15:A3:BF:4F:1B:2B:0B:82:2C:D1:5D:6C:15:B0:F0:0A:08";
        let name = CertificateName::sha256(digits).unwrap().to_string();
        assert_eq!(name, format!("sha256 = \"{}\"", digits.replace(':', "").to_lowercase()));
        assert!(CertificateName::sha256("9f86").is_err());
    }
}
