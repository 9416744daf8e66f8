//! The TLS client: options, trusted authorities and the handshake.

use super::stream::Stream;
use clap::Args;
use ops::error::ErrorChain;
use ops::pem;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

/// Options of TLS: trusted authorities, and the certificate of the client.
#[derive(Args)]
pub(super) struct TlsOptions {
    /// PEM file of the trusted authorities; the default is those of the system.
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// PEM file of the client certificate, followed by its intermediate certificates.
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// PEM file of the private key; the default is the file of `--cert`.
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Expected name in the certificate of the service; the default is the host of the URL.
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
}

impl TlsOptions {
    pub(super) fn are_set(&self) -> bool {
        self.cacert.is_some() || self.cert.is_some() || self.server_name.is_some()
    }

    /// Performs the handshake with `host` over `stream`. The certificate of the server is always verified.
    pub(super) async fn secure(&self, stream: Box<dyn Stream>, host: &str) -> Result<Box<dyn Stream>, String> {
        let name = self.server_name.as_deref().unwrap_or(host);
        let server = ServerName::try_from(name.to_owned()).map_err(|_error| {
            format!("invalid server name `{}`; use a DNS name or an IP address", name.escape_debug())
        })?;
        let connector = TlsConnector::from(Arc::new(self.config()?));
        match connector.connect(server, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(handshake_error(&error, name)),
        }
    }

    fn config(&self) -> Result<ClientConfig, String> {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().map_err(|error| ErrorChain(&error).to_string())?;
        let builder = builder.with_root_certificates(self.roots()?);
        let mut config = match &self.cert {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let key = self.key.as_ref().unwrap_or(path);
                let config = builder.with_client_auth_cert(certificates(path)?, private_key(key)?);
                config.map_err(|error| {
                    format!("cannot use `{}` and `{}`: {}", path.display(), key.display(), ErrorChain(&error))
                })?
            }
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    fn roots(&self) -> Result<RootCertStore, String> {
        let mut roots = RootCertStore::empty();
        match &self.cacert {
            Some(path) => {
                for authority in certificates(path)? {
                    let added = roots.add(authority);
                    added.map_err(|error| format!("cannot use `{}`: {}", path.display(), ErrorChain(&error)))?;
                }
            }
            None => {
                // System certificates that cannot be parsed are not trusted.
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                if roots.is_empty() {
                    return Err("no trusted authorities on this system; name a file with `--cacert`".to_owned());
                }
            }
        }
        Ok(roots)
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    fs::read(path)
        .map(Zeroizing::new)
        .map_err(|error| format!("cannot read `{}`: {}", path.display(), ErrorChain(&error)))
}

/// Reads the certificates in a file, at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    pem::certificates(&read(path)?).map_err(|error| format!("cannot use `{}`: {}", path.display(), ErrorChain(&error)))
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    pem::private_key(&read(path)?).map_err(|error| format!("cannot use `{}`: {}", path.display(), ErrorChain(&error)))
}

/// Returns the error message for a failed handshake, with a remedy for common causes.
fn handshake_error(error: &io::Error, name: &str) -> String {
    let inner = error.get_ref().and_then(|inner| <dyn Error + 'static>::downcast_ref::<rustls::Error>(inner));
    match inner {
        Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            "untrusted certificate: its issuer is unknown; name the authority with `--cacert`".to_owned()
        }
        Some(rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => {
            format!("invalid certificate: not valid for `{name}`; set its name with `--server-name`")
        }
        Some(rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => "invalid certificate: expired; renew it".to_owned(),
        // The certificate of an authority, as `openssl req -x509` creates by default. rustls has no variant for this error.
        Some(rustls::Error::InvalidCertificate(CertificateError::Other(other)))
            if format!("{other:?}").contains("CaUsedAsEndEntity") =>
        {
            "invalid certificate: it is a CA certificate; issue a server certificate with `CA:FALSE`".to_owned()
        }
        Some(rustls::Error::InvalidMessage(_)) => "the server does not speak TLS; use `http://`".to_owned(),
        _ => format!("TLS handshake failed: {}", ErrorChain(error)),
    }
}
