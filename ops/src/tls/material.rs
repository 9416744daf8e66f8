//! What the files hold, and what rustls makes of it.

use super::error::TlsError;
use super::settings::{Clients, TlsPaths};
use crate::{pem, reload};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::version::{TLS12, TLS13};
use rustls::{InconsistentKeys, RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use zeroize::Zeroizing;

/// The bytes of the files at one moment.
pub(super) struct Material {
    certificate: Zeroizing<Vec<u8>>,
    key: Zeroizing<Vec<u8>>,
    authorities: Option<Zeroizing<Vec<u8>>>,
}

/// What new connections are given.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) config: Arc<ServerConfig>,
    /// When the first certificate of the chain expires.
    pub(super) expires: SystemTime,
    /// The digest of the authorities.
    pub(super) authorities: Option<[u8; 32]>,
}

impl Material {
    /// Reads the files. May block.
    pub(super) fn read(tls: &TlsPaths) -> Result<Material, TlsError> {
        let read = |path: &Path| reload::read(path).map_err(|unread| TlsError::unread(path, unread));
        Ok(Material {
            certificate: read(&tls.certificate)?,
            key: read(&tls.key)?,
            authorities: tls.clients.as_ref().map(|clients| read(&clients.authorities)).transpose()?,
        })
    }

    /// A digest of all of it.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for part in [&self.certificate, &self.key].into_iter().chain(&self.authorities) {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part.as_slice());
        }
        digest.finalize().into()
    }

    /// What to give to new connections.
    pub(super) fn load(&self, tls: &TlsPaths) -> Result<Loaded, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let chain = certificates(&tls.certificate, &self.certificate)?;
        let expires = chain.iter().map(|der| expiry(&tls.certificate, der)).collect::<Result<Vec<_>, _>>()?;
        let expires = expires.into_iter().min().unwrap_or(SystemTime::UNIX_EPOCH);
        let key = pem::private_key(&self.key).map_err(|error| TlsError::refused(&tls.key, error.to_string()))?;
        let builder = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&[&TLS12, &TLS13]);
        let builder = builder.map_err(|error| TlsError::refused(&tls.certificate, error.to_string()))?;
        let builder = match (&tls.clients, &self.authorities) {
            (Some(clients), Some(pem)) => builder.with_client_cert_verifier(verifier(clients, pem, provider)?),
            _ => builder.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|error| match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::refused(
                &tls.key,
                format!("it is not the key of the certificate {}", tls.certificate.display()),
            ),
            // Which says what kind of key it is, at most.
            error => TlsError::refused(&tls.key, error.to_string()),
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A session that is resumed would bring back who its client was without the certificate being looked at.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        let authorities = self.authorities.as_ref().map(|pem| Sha256::digest(pem.as_slice()).into());
        Ok(Loaded { config: Arc::new(config), expires, authorities })
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

/// The certificates in `pem`, at least one.
fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    pem::certificates(pem).map_err(|error| TlsError::refused(path, error.to_string()))
}

fn expiry(path: &Path, der: &CertificateDer<'_>) -> Result<SystemTime, TlsError> {
    let certificate = Certificate::from_der(der);
    let certificate = certificate.map_err(|_error| TlsError::refused(path, "one of its certificates is none"))?;
    Ok(certificate.tbs_certificate().validity().not_after.to_system_time())
}
