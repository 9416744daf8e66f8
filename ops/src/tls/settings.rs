//! The settings of TLS: which files it is made of.

use super::error::TlsError;
use std::path::PathBuf;
use std::time::Duration;

/// TLS settings of a server: its certificate and private key as PEM files, and whether clients present certificates.
///
/// [`ApiBuilder::build`](crate::ApiBuilder::build) reads the files and fails if one is missing or invalid. They are checked for
/// changes at an interval ([`Limits::tls_reload_interval`](crate::Limits::tls_reload_interval)), and new connections use the new
/// content. On Unix SIGHUP has them read again at once, and does not end the process. Files that have become invalid, do not match or
/// hold a certificate that is not valid now are rejected: the last good version stays active, and the log, `/info` and a metric
/// report the failure. A certificate is checked again when the clock is set or its validity begins.
///
/// The server's own certificate decides. An expired certificate behind it in the chain is reported in the log and in `/info`, and
/// `ops_tls_certificate_expiry_timestamp_seconds` is the expiry of the server's own. Relative paths are those of the working
/// directory at the start.
///
/// The server speaks TLS 1.2 and 1.3 with HTTP/1.1. Sessions are not resumed: every connection has a full handshake.
///
/// # Crypto provider
/// rustls leaves cryptography to a provider. The feature `tls` brings none, as a second provider in a program makes
/// `rustls::ClientConfig::builder()` panic. The server uses, in this order:
///
/// 1. the provider that the program has installed (`rustls::crypto::CryptoProvider::install_default`) before it builds the API;
/// 2. the provider of the feature `tls-ring` or `tls-aws-lc-rs`; with both, `aws-lc-rs`;
/// 3. a provider that another crate of the program links, as `rustls`, `reqwest` and `sqlx` can; of two, `aws-lc-rs`, the default
///    of rustls.
///
/// Without any, building the API fails with [`TlsError::NoCryptoProvider`]: a program without TLS of its own enables `tls-ring`.
/// `ops` never installs a provider for the process.
///
/// ```no_run
/// # async fn start() -> Result<(), ops::Error> {
/// let tls = ops::Tls::default().certificate("/etc/app/tls.crt").key("/etc/app/tls.key");
/// let tls = tls.accept_client_certificates("/etc/app/clients.crt");
/// let api = ops::Api::builder().tls(tls).policy_file("/etc/app/policy.toml").build()?;
/// let running = api.bind("0.0.0.0:9464").await?.spawn();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    clients: Option<Clients>,
    pub(super) strict_transport: Option<Duration>,
}

/// The files of TLS, as complete settings name them.
#[derive(Clone, Debug)]
pub(super) struct TlsPaths {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
    pub(super) clients: Option<Clients>,
}

/// Whose certificates clients may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clients {
    pub(super) authorities: PathBuf,
    pub(super) are_required: bool,
}

impl Tls {
    /// Creates settings with the files of [`certificate`](Self::certificate) and [`key`](Self::key).
    pub fn new(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Tls {
        Tls::default().certificate(certificate).key(key)
    }

    /// Sets the file of the server's certificate, followed by its intermediate certificates. Required.
    #[must_use]
    pub fn certificate(mut self, path: impl Into<PathBuf>) -> Tls {
        self.certificate = Some(path.into());
        self
    }

    /// Sets the file of the private key (PKCS #8, PKCS #1 or SEC1), which may be that of the certificate. Required.
    ///
    /// A key file that is readable by everyone on the machine is used, with a warning in the log.
    #[must_use]
    pub fn key(mut self, path: impl Into<PathBuf>) -> Tls {
        self.key = Some(path.into());
        self
    }

    /// Accepts client certificates that are issued by an authority in this file, and refuses others in the handshake. A client
    /// without a certificate may authenticate by other credentials.
    ///
    /// A certificate is the credential of the user that the policy names for it: see
    /// [`CertificateName`](crate::rbac::CertificateName).
    #[must_use]
    pub fn accept_client_certificates(mut self, authorities: impl Into<PathBuf>) -> Tls {
        self.clients = Some(Clients { authorities: authorities.into(), are_required: false });
        self
    }

    /// Requires client certificates that are issued by an authority in this file. Connections without one are refused, also those
    /// of probes.
    #[must_use]
    pub fn require_client_certificates(mut self, authorities: impl Into<PathBuf>) -> Tls {
        self.clients = Some(Clients { authorities: authorities.into(), are_required: true });
        self
    }

    /// Sends `Strict-Transport-Security` (RFC 6797) with this `max-age` in every response; a year is usual.
    ///
    /// It is off by default because it applies to the host, not to the port: a browser that has once visited this port uses TLS for
    /// all other ports of the same host name, whether they speak it or not. Plaintext requests to this port are never served,
    /// with or without it.
    #[must_use]
    pub fn strict_transport_security(mut self, max_age: Duration) -> Tls {
        self.strict_transport = Some(max_age);
        self
    }

    /// Returns the files.
    ///
    /// # Errors
    /// [`TlsError::Missing`] if the certificate or the key is not set.
    pub(super) fn paths(&self) -> Result<TlsPaths, TlsError> {
        Ok(TlsPaths {
            certificate: self.certificate.clone().ok_or(TlsError::Missing { setting: "certificate" })?,
            key: self.key.clone().ok_or(TlsError::Missing { setting: "key" })?,
            clients: self.clients.clone(),
        })
    }

    /// Returns `true` if client certificates are accepted but not required.
    pub(crate) fn are_certificates_optional(&self) -> bool {
        self.clients.as_ref().is_some_and(|clients| !clients.are_required)
    }
}
