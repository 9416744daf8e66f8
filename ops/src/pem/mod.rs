//! Parsing of certificates and private keys in PEM, shared by the server, checks and clients.

use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::fmt;

/// Errors of PEM parsing. Messages contain no part of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PemError {
    /// The input contains no certificate.
    NoCertificate,
    /// The input contains no private key.
    NoPrivateKey,
    /// The input is DER, not PEM.
    Der,
    /// A section is malformed.
    Malformed,
}

/// Returns the certificates in `pem` in order; there is at least one.
///
/// Text between sections, private keys, CRLF line ends and a byte order mark are ignored.
///
/// ```
/// assert_eq!(ops::pem::certificates(b"hello"), Err(ops::pem::PemError::NoCertificate));
/// ```
///
/// # Errors
/// If there is no certificate, or a section is malformed.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(without_byte_order_mark(pem)).collect();
    match found {
        Ok(found) if found.is_empty() => Err(missing(pem, PemError::NoCertificate)),
        Ok(found) => Ok(found),
        Err(_error) => Err(PemError::Malformed),
    }
}

/// Returns the first private key in `pem`: PKCS #8, PKCS #1 or SEC 1, unencrypted.
///
/// # Errors
/// If there is no private key, or a section is malformed.
pub fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, PemError> {
    PrivateKeyDer::from_pem_slice(without_byte_order_mark(pem)).map_err(|error| match error {
        pem::Error::NoItemsFound => missing(pem, PemError::NoPrivateKey),
        _ => PemError::Malformed,
    })
}

/// Strips the UTF-8 byte order mark that some editors write.
fn without_byte_order_mark(pem: &[u8]) -> &[u8] {
    pem.strip_prefix(b"\xef\xbb\xbf").unwrap_or(pem)
}

/// Returns [`PemError::Der`] if `bytes` begins like a DER sequence, otherwise `error`.
fn missing(bytes: &[u8], error: PemError) -> PemError {
    if matches!(bytes, [0x30, length, ..] if *length >= 0x80) { PemError::Der } else { error }
}

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PemError::NoCertificate => "no certificate found; write one in PEM",
            PemError::NoPrivateKey => "no private key found; write one in PEM, without a passphrase",
            PemError::Der => {
                "DER instead of PEM; convert it with `openssl x509 -inform DER` or `openssl pkey -inform DER`"
            }
            PemError::Malformed => {
                "malformed section; write each from `-----BEGIN ..-----` to `-----END ..-----` in Base64"
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
    fn finds_certificates_and_keys_among_other_text() {
        let (certificate, key) = pair();
        let der = certificates(certificate.as_bytes()).unwrap().remove(0);
        let expected_key = private_key(key.as_bytes()).unwrap();
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
            assert_eq!(private_key(pem.as_bytes()).unwrap(), expected_key, "{pem}");
        }
    }

    #[test]
    fn reports_missing_and_malformed_items() {
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
