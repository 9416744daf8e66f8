//! TLS, as a client.

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

/// Whom to believe, and what to show.
#[derive(Args)]
pub(super) struct TlsOptions {
    /// Believe the authorities in this PEM file and no others; without it, those that the system trusts.
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// Show the certificate in this PEM file, which has those between it and its root after it.
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// The private key of that certificate, in PEM; without this it is in the same file.
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// The name that the service's certificate has to have, in place of the host of the URL.
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
}

impl TlsOptions {
    pub(super) fn are_given(&self) -> bool {
        self.cacert.is_some() || self.cert.is_some() || self.server_name.is_some()
    }

    /// Shakes hands with `host` at the other end of `stream`. There is no way not to look at its certificate.
    pub(super) async fn secure(&self, stream: Box<dyn Stream>, host: &str) -> Result<Box<dyn Stream>, String> {
        let name = self.server_name.as_deref().unwrap_or(host);
        let server = ServerName::try_from(name.to_owned())
            .map_err(|_error| format!("`{}` can be no name in a certificate", name.escape_debug()))?;
        let connector = TlsConnector::from(Arc::new(self.config()?));
        match connector.connect(server, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(refusal(&error, name)),
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
                let shown = builder.with_client_auth_cert(certificates(path)?, private_key(key)?);
                shown.map_err(|error| {
                    format!("{} and {} cannot be used: {}", path.display(), key.display(), ErrorChain(&error))
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
                    added.map_err(|error| format!("{} cannot be used: {}", path.display(), ErrorChain(&error)))?;
                }
            }
            None => {
                // What of the system's cannot be read is not believed.
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                if roots.is_empty() {
                    return Err("this system trusts no authority: name a file with `--cacert`".to_owned());
                }
            }
        }
        Ok(roots)
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    fs::read(path)
        .map(Zeroizing::new)
        .map_err(|error| format!("{} cannot be read: {}", path.display(), ErrorChain(&error)))
}

/// The certificates in a file, at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    pem::certificates(&read(path)?)
        .map_err(|error| format!("{} cannot be used: {}", path.display(), ErrorChain(&error)))
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    pem::private_key(&read(path)?).map_err(|error| format!("{} cannot be used: {}", path.display(), ErrorChain(&error)))
}

/// Why there was no handshake, and what to do about the usual reasons.
fn refusal(error: &io::Error, name: &str) -> String {
    let inner = error.get_ref().and_then(|inner| <dyn Error + 'static>::downcast_ref::<rustls::Error>(inner));
    match inner {
        Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            "its certificate is of no authority that is believed here: name that with `--cacert`".to_owned()
        }
        Some(rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => {
            format!("its certificate is not for `{name}`: name what it is for with `--server-name`")
        }
        Some(rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => "its certificate has expired".to_owned(),
        // As `openssl req -x509` makes it, for want of another word in rustls.
        Some(rustls::Error::InvalidCertificate(CertificateError::Other(other)))
            if format!("{other:?}").contains("CaUsedAsEndEntity") =>
        {
            "its certificate is that of an authority: have it issue one for the service, which is none itself"
                .to_owned()
        }
        Some(rustls::Error::InvalidMessage(_)) => "it does not speak TLS: ask it with `http://`".to_owned(),
        _ => format!("the handshake of TLS fails: {}", ErrorChain(error)),
    }
}
