//! Extracts the names of a client certificate, which policies map to users.

use crate::rbac::{Attribute, AttributeValue, CertificateName, ClientCertificate, DistinguishedName};
use sha2::{Digest, Sha256};
use std::time::SystemTime;
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;

/// Returns the names and expiry of the verified certificate `der`, or `None` if it is malformed.
pub(super) fn of(der: &[u8]) -> Option<(ClientCertificate, SystemTime)> {
    let certificate = Certificate::from_der(der).ok()?;
    let certificate = certificate.tbs_certificate();
    let alternative = match certificate.get_extension::<SubjectAltName>() {
        Ok(names) => names.map(|(_is_critical, names)| names.0).unwrap_or_default(),
        Err(_error) => return None,
    };
    let alternative = alternative.iter().filter_map(|name| match name {
        GeneralName::DnsName(name) => Some(CertificateName::dns(name.as_str())),
        GeneralName::Rfc822Name(name) => Some(CertificateName::email(name.as_str())),
        GeneralName::UniformResourceIdentifier(name) => Some(CertificateName::uri(name.as_str())),
        _ => None,
    });
    let subject = CertificateName::of_subject(distinguished_name(certificate.subject())?);
    let fingerprint = CertificateName::fingerprint(Sha256::digest(der).into());
    let names = alternative.chain([subject]).flatten().chain([fingerprint]).collect();
    Some((ClientCertificate::new(names), certificate.validity().not_after.to_system_time()))
}

/// Converts a name to its canonical form, or returns `None` if one of its values cannot be decoded.
pub(super) fn distinguished_name(name: &Name) -> Option<DistinguishedName> {
    let relative = name.iter_rdn().map(|relative| {
        let attributes = relative.iter().map(|attribute| {
            let value = AttributeValue::of_encoded(&attribute.value.to_der().ok()?)?;
            Some(Attribute { identifier: attribute.oid.to_string(), value })
        });
        let mut attributes = attributes.collect::<Option<Vec<_>>>()?;
        attributes.reverse();
        Some(attributes)
    });
    let mut relative = relative.collect::<Option<Vec<_>>>()?;
    // RFC 4514 prints the last RDN first, and OpenSSL prints the last attribute of each first.
    relative.reverse();
    Some(DistinguishedName::new(&relative))
}
