//! Parses the contents of the TLS files into a rustls configuration.

use super::error::TlsError;
use super::names::distinguished_name;
use super::settings::{Clients, TlsPaths};
use crate::pem;
use crate::reload::{Contents, Validity};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::version::{TLS12, TLS13};
use rustls::{InconsistentKeys, RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// The TLS configuration of new connections.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) config: Arc<ServerConfig>,
    /// The certificate chain, the server's own first.
    pub(super) chain: Vec<ChainCertificate>,
    /// SHA-256 digest of the client CAs.
    pub(super) authorities: Option<[u8; 32]>,
}

/// The properties of a chain certificate that are reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChainCertificate {
    /// Subject, formatted according to RFC 4514.
    pub(super) subject: String,
    pub(super) validity: Validity,
}

impl Loaded {
    /// Parses the contents of the certificate, key and, if client certificates are used, CA files.
    pub(super) fn parse(
        tls: &TlsPaths,
        contents: &Contents,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Loaded, TlsError> {
        let [certificate, key, authorities @ ..] = contents else {
            return Err(TlsError::refused(&tls.certificate, "not read together with the key"));
        };
        let authorities = authorities.first();
        let chain = certificates(&tls.certificate, certificate)?;
        let described = describe(&chain).ok_or_else(|| {
            TlsError::refused(&tls.certificate, "the server certificate is malformed; write it in PEM")
        })?;
        let key = pem::private_key(key).map_err(|error| TlsError::refused(&tls.key, error.to_string()))?;
        let builder = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&[&TLS12, &TLS13]);
        let builder = builder.map_err(|error| TlsError::UnusableCryptoProvider { reason: error.to_string() })?;
        let builder = match (&tls.clients, authorities) {
            (Some(clients), Some(pem)) => builder.with_client_cert_verifier(verifier(clients, pem, provider.clone())?),
            _ => builder.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|error| match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::refused(
                &tls.key,
                format!("the key does not match the certificate `{}`", tls.certificate.display()),
            ),
            // The message contains no part of the key, at most its kind.
            error => TlsError::refused(&tls.key, error.to_string()),
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A resumed session would restore the client's identity without verifying its certificate again.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        let authorities = authorities.map(|pem| Sha256::digest(pem.as_slice()).into());
        Ok(Loaded { config: Arc::new(config), chain: described, authorities })
    }
}

fn verifier(
    clients: &Clients,
    pem: &[u8],
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let path = &clients.authorities;
    let mut roots = RootCertStore::empty();
    for authority in certificates(path, pem)? {
        roots.add(authority).map_err(|error| TlsError::refused(path, error.to_string()))?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let builder = if clients.are_required { builder } else { builder.allow_unauthenticated() };
    builder.build().map_err(|error| TlsError::refused(path, error.to_string()))
}

/// Parses the certificates in `pem`, at least one.
fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    pem::certificates(pem).map_err(|error| TlsError::refused(path, error.to_string()))
}

/// Describes the certificates of a chain.
///
/// Returns `None` if the server's own certificate cannot be parsed.
///
/// Other certificates are skipped if they cannot be parsed: clients may support more than this library does.
fn describe(chain: &[CertificateDer<'_>]) -> Option<Vec<ChainCertificate>> {
    let described = chain.iter().map(|der| {
        let certificate = Certificate::from_der(der).ok()?;
        let certificate = certificate.tbs_certificate();
        let (not_before, not_after) = (certificate.validity().not_before, certificate.validity().not_after);
        Some(ChainCertificate {
            subject: distinguished_name(certificate.subject()).map(|name| name.to_string()).unwrap_or_default(),
            validity: Validity {
                not_before: Some(not_before.to_system_time()),
                not_after: Some(not_after.to_system_time()),
            },
        })
    });
    let mut described = described.collect::<Vec<_>>().into_iter();
    let own = described.next()??;
    Some(std::iter::once(own).chain(described.flatten()).collect())
}
