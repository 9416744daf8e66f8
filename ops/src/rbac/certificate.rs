//! Names in client certificates.

use super::PolicyError;
use super::distinguished_name::DistinguishedName;
use std::collections::BTreeSet;
use std::fmt;

/// The longest name that is looked at, in bytes.
const LONGEST: usize = 1024;

/// A name in a client certificate that stands for a user of a policy.
///
/// A certificate has several: those of its subject alternative names, its subject, and the fingerprint that is its own. It is the
/// credential of the user that the policy names for one of them. Names are compared as a whole; nothing in them stands for
/// anything else.
///
/// | in a policy file | which name |
/// |---|---|
/// | `dns = "prometheus.example"` | a DNS name among the alternative names; case does not matter |
/// | `email = "alice@example.org"` | an email address (`rfc822Name`) among them |
/// | `uri = "spiffe://example.org/prometheus"` | a URI among them, as SPIFFE has it |
/// | `subject = "CN=alice,O=Example"` | the whole subject, as RFC 4514 writes it: `openssl x509 -noout -subject -nameopt RFC2253`; see [`subject`](CertificateName::subject) |
/// | `sha256 = "9f86d081…"` | the SHA-256 of the certificate: `openssl x509 -noout -fingerprint -sha256`, colons or not |
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
    /// A DNS name among the subject alternative names.
    ///
    /// # Errors
    /// [`PolicyError::InvalidCertificateName`] if it is empty, longer than 1024 bytes, or has a control character.
    pub fn dns(name: &str) -> Result<CertificateName, PolicyError> {
        legal(name).map(|name| CertificateName(NameKind::Dns(name.to_ascii_lowercase())))
    }

    /// An email address among the subject alternative names.
    ///
    /// # Errors
    /// As of [`dns`](CertificateName::dns).
    pub fn email(address: &str) -> Result<CertificateName, PolicyError> {
        legal(address).map(|address| CertificateName(NameKind::Email(address.to_owned())))
    }

    /// A URI among the subject alternative names.
    ///
    /// # Errors
    /// As of [`dns`](CertificateName::dns).
    pub fn uri(uri: &str) -> Result<CertificateName, PolicyError> {
        legal(uri).map(|uri| CertificateName(NameKind::Uri(uri.to_owned())))
    }

    /// The whole subject, as RFC 4514 or OpenSSL writes it.
    ///
    /// Subjects are compared as values: types by their object identifiers, the attributes of one part in any order, and texts
    /// without regard to case and to how many spaces are between words. Which end of the name is written first does not matter.
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
    /// As of [`dns`](CertificateName::dns), and if it is no distinguished name.
    pub fn subject(subject: &str) -> Result<CertificateName, PolicyError> {
        let name = legal(subject).and_then(|subject| {
            DistinguishedName::parse(subject).map_err(|reason| PolicyError::InvalidCertificateName { reason })
        });
        name.map(|name| CertificateName(NameKind::Subject(name)))
    }

    /// The whole subject of a certificate.
    ///
    /// # Errors
    /// As of [`dns`](CertificateName::dns).
    #[cfg(feature = "tls")]
    pub(crate) fn of_subject(subject: DistinguishedName) -> Result<CertificateName, PolicyError> {
        legal(subject.as_str())?;
        Ok(CertificateName(NameKind::Subject(subject)))
    }

    /// The SHA-256 of the certificate, in 64 hexadecimal digits, which may have colons between them.
    ///
    /// # Errors
    /// [`PolicyError::InvalidCertificateName`] for anything else.
    pub fn sha256(digits: &str) -> Result<CertificateName, PolicyError> {
        let digits = digits.replace(':', "");
        super::digits::parse(&digits).map(CertificateName::fingerprint).ok_or(PolicyError::InvalidCertificateName {
            reason: "a fingerprint is written as 64 hexadecimal digits, those of its SHA-256",
        })
    }

    /// The key that a policy file has for names of this kind.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.0 {
            NameKind::Dns(_) => "dns",
            NameKind::Email(_) => "email",
            NameKind::Uri(_) => "uri",
            NameKind::Subject(_) => "subject",
            NameKind::Sha256(_) => "sha256",
        }
    }

    /// The name as a policy file has it.
    pub(crate) fn value(&self) -> String {
        match &self.0 {
            NameKind::Dns(name) | NameKind::Email(name) | NameKind::Uri(name) => name.clone(),
            NameKind::Subject(name) => name.as_str().to_owned(),
            NameKind::Sha256(digest) => super::digits::Hexadecimal(digest).to_string(),
        }
    }

    /// Returns `true` for a subject alternative name, of which a certificate may have many.
    pub(crate) fn is_alternative(&self) -> bool {
        matches!(&self.0, NameKind::Dns(_) | NameKind::Email(_) | NameKind::Uri(_))
    }

    /// The SHA-256 of the certificate.
    pub(crate) fn fingerprint(sha256: [u8; 32]) -> CertificateName {
        CertificateName(NameKind::Sha256(sha256))
    }
}

fn legal(name: &str) -> Result<&str, PolicyError> {
    let is_legal = (1..=LONGEST).contains(&name.len()) && !name.contains(char::is_control);
    is_legal.then_some(name).ok_or(PolicyError::InvalidCertificateName {
        reason: "a name in a certificate is 1 to 1024 bytes without control characters",
    })
}

impl fmt::Display for CertificateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {:?}", self.kind(), self.value())
    }
}

/// A certificate that a client has shown, whose issuer is believed.
#[derive(Debug)]
pub(crate) struct ClientCertificate {
    pub(super) names: BTreeSet<CertificateName>,
}

impl ClientCertificate {
    /// One with these names.
    #[cfg_attr(not(any(feature = "tls", test)), expect(dead_code, reason = "without it no client can show one"))]
    pub(crate) fn new(names: BTreeSet<CertificateName>) -> ClientCertificate {
        ClientCertificate { names }
    }

    /// The names, sorted by their kind.
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
    fn a_certificate_is_the_one_users_that_the_policy_names_for_it() {
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
        assert_eq!(policy.snapshot().holder(&dns), None, "a name of another kind");
    }

    #[test]
    fn a_name_is_one_users_until_it_is_revoked() {
        let policy = policy();
        let name = || CertificateName::uri("a:1").unwrap();
        assert_eq!(
            policy.add_certificate("bob", name()).unwrap_err().to_string(),
            "the certificate with `uri = \"a:1\"` is already that of `alice`"
        );
        assert!(policy.add_certificate("ghost", CertificateName::uri("g").unwrap()).is_err());
        policy.revoke_certificates("alice").unwrap();
        assert_eq!(policy.snapshot().holder(&names(&["a:1"])), None);
        policy.add_certificate("bob", name()).unwrap();
        assert_eq!(policy.snapshot().holder(&names(&["a:1"])), Some("bob"));
    }

    #[test]
    fn what_no_certificate_can_hold_is_refused() {
        for text in ["", "a\0", "a\nb", &"x".repeat(1025)] {
            assert!(CertificateName::uri(text).is_err() && CertificateName::subject(text).is_err(), "{text:?}");
        }
        let digits = "9F:86:D0:81:88:4C:7D:65:9A:2F:EA:A0:C5:5A:D0:15:A3:BF:4F:1B:2B:0B:82:2C:D1:5D:6C:15:B0:F0:0A:08";
        let name = CertificateName::sha256(digits).unwrap().to_string();
        assert_eq!(name, format!("sha256 = \"{}\"", digits.replace(':', "").to_lowercase()));
        assert!(CertificateName::sha256("9f86").is_err());
    }
}
