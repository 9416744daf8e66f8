//! Certificates and private keys in PEM: one reader for whatever takes such files.

use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::fmt;

/// Reasons a PEM file has no certificate or no private key. No part of a key is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PemError {
    /// There is no certificate.
    NoCertificate,
    /// There is no private key.
    NoPrivateKey,
    /// The content is DER.
    Der,
    /// A section is malformed.
    Malformed,
}

/// Returns the certificates in `pem`, at least one, in order.
///
/// Text between the sections, private keys, either kind of line end and a byte order mark are passed over.
///
/// ```
/// assert_eq!(ops::pem::certificates(b"hello"), Err(ops::pem::PemError::NoCertificate));
/// ```
///
/// # Errors
/// [`PemError`].
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(without_mark(pem)).collect();
    match found {
        Ok(found) if found.is_empty() => Err(missing(pem, PemError::NoCertificate)),
        Ok(found) => Ok(found),
        Err(_error) => Err(PemError::Malformed),
    }
}

/// Returns the first private key in `pem`: PKCS #8, PKCS #1 or SEC1, without a passphrase.
///
/// # Errors
/// [`PemError`].
pub fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, PemError> {
    PrivateKeyDer::from_pem_slice(without_mark(pem)).map_err(|error| match error {
        pem::Error::NoItemsFound => missing(pem, PemError::NoPrivateKey),
        _ => PemError::Malformed,
    })
}

/// `pem` without the byte order mark that some editors write.
fn without_mark(pem: &[u8]) -> &[u8] {
    pem.strip_prefix(b"\xef\xbb\xbf").unwrap_or(pem)
}

/// A file in which there is nothing begins with a sequence if it is DER.
fn missing(bytes: &[u8], error: PemError) -> PemError {
    if matches!(bytes, [0x30, length, ..] if *length >= 0x80) { PemError::Der } else { error }
}

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PemError::NoCertificate => "there is no certificate in it; write one in PEM",
            PemError::NoPrivateKey => "there is no private key in it; write one in PEM, without a passphrase",
            PemError::Der => {
                "it is DER; write it in PEM, as `openssl x509 -inform DER` and `openssl pkey -inform DER` do"
            }
            PemError::Malformed => {
                "a section of it is malformed; write each from `-----BEGIN ..-----` to `-----END ..-----` in Base64"
            }
        })
    }
}

impl std::error::Error for PemError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate and its key.
    fn pair() -> (String, String) {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    #[test]
    fn certificates_and_keys_are_found_whatever_is_around_them() {
        let (certificate, key) = pair();
        let der = certificates(certificate.as_bytes()).unwrap().remove(0);
        let of_key = private_key(key.as_bytes()).unwrap();
        for (pem, count) in [
            (format!("{certificate}{key}"), 1),
            (format!("{key}{certificate}{certificate}"), 2),
            (format!("subject=/CN=x\nissuer=y\n\n{certificate}\nthe key:\n{key}bye"), 1),
            (format!("\u{feff}{certificate}{key}"), 1),
            (format!("\u{feff}{key}{certificate}"), 1),
            (format!("{certificate}{key}").replace('\n', "\r\n"), 1),
            (format!("{certificate}{key}").trim_end().to_owned(), 1),
        ] {
            assert_eq!(certificates(pem.as_bytes()).unwrap(), vec![der.clone(); count], "{pem}");
            assert_eq!(private_key(pem.as_bytes()).unwrap(), of_key, "{pem}");
        }
    }

    #[test]
    fn what_is_missing_is_said_with_what_to_do() {
        let (certificate, key) = pair();
        let der = certificates(certificate.as_bytes()).unwrap().remove(0);
        assert_eq!(certificates(&der), Err(PemError::Der));
        assert_eq!(private_key(&der).unwrap_err(), PemError::Der);
        assert_eq!(certificates(b""), Err(PemError::NoCertificate));
        assert_eq!(certificates(key.as_bytes()), Err(PemError::NoCertificate));
        assert_eq!(private_key(certificate.as_bytes()).unwrap_err(), PemError::NoPrivateKey);
        let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        assert_eq!(private_key(encrypted.as_bytes()).unwrap_err(), PemError::NoPrivateKey);
        for cut in [&certificate[..100], &certificate.replace('M', "!")] {
            assert_eq!(certificates(cut.as_bytes()), Err(PemError::Malformed), "{cut}");
        }
    }
}
