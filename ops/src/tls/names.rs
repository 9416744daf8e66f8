//! What a client certificate says of whom it was issued to.

use crate::rbac::{CertificateName, ClientCertificate};
use sha2::{Digest, Sha256};
use std::time::SystemTime;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// The names in the certificate `der`, whose issuer has been verified, and when it expires; `None` if it cannot be read.
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
    let subject = CertificateName::subject(&certificate.subject().to_string());
    let fingerprint = CertificateName::fingerprint(Sha256::digest(der).into());
    let names = alternative.chain([subject]).flatten().chain([fingerprint]).collect();
    Some((ClientCertificate::new(names), certificate.validity().not_after.to_system_time()))
}
