//! TLS settings of a server.

use super::error::TlsError;
use std::path::PathBuf;
use std::time::Duration;

/// TLS settings of a server: certificate and private key files, and the use of client certificates.
///
/// [`ApiBuilder::build`](crate::ApiBuilder::build) reads the PEM files and fails if one is missing or invalid. They are checked
/// for changes every [`Limits::tls_reload_interval`](crate::Limits::tls_reload_interval), and new connections use the new
/// contents. On Unix, SIGHUP reloads them at once and does not terminate the process. If the new files are invalid, do not
/// match, or contain a certificate that is not currently valid, they are rejected: the last good version stays active, and the
/// log, `/info` and a metric report the failure. Validity is checked again when a certificate becomes valid or the system clock
/// is set.
///
/// Only the validity of the server's own certificate matters for this, and `ops_tls_certificate_expiry_timestamp_seconds` is its
/// expiry. An expired intermediate certificate is reported in the log and in `/info`. Relative paths are resolved against the
/// working directory at startup.
///
/// The server supports TLS 1.2 and 1.3 with HTTP/1.1. Sessions are not resumed: every connection performs a full handshake.
///
/// # Crypto provider
/// rustls delegates cryptography to a provider. The feature `tls` adds none, because a second provider in a program makes
/// `rustls::ClientConfig::builder()` panic. The server uses the first of:
///
/// 1. the provider that the program has installed with `rustls::crypto::CryptoProvider::install_default` before building the API;
/// 2. the provider of the feature `tls-ring` or `tls-aws-lc-rs`; with both, `aws-lc-rs`;
/// 3. a provider that another crate of the program links, such as `rustls`, `reqwest` or `sqlx`; if there are two, `aws-lc-rs`,
///    the default of rustls.
///
/// Without any, building the API fails with [`TlsError::NoCryptoProvider`]. Programs that use TLS only here enable `tls-ring`.
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

/// The files of complete settings.
#[derive(Clone, Debug)]
pub(super) struct TlsPaths {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
    pub(super) clients: Option<Clients>,
}

/// Settings of client certificates: the CA file, and required or optional.
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

    /// Sets the certificate file: the server's certificate, followed by its intermediate certificates.
    ///
    /// Required.
    #[must_use]
    pub fn certificate(mut self, path: impl Into<PathBuf>) -> Tls {
        self.certificate = Some(path.into());
        self
    }

    /// Sets the private key file (PKCS #8, PKCS #1 or SEC 1); it may be the certificate file. Required.
    ///
    /// A key file that all users can read is accepted, with a warning in the log.
    #[must_use]
    pub fn key(mut self, path: impl Into<PathBuf>) -> Tls {
        self.key = Some(path.into());
        self
    }

    /// Accepts client certificates that are issued by a CA in this file.
    ///
    /// Handshakes with other certificates fail. Clients without a certificate may authenticate by other credentials.
    ///
    /// A certificate is the credential of the user to whom the policy assigns it; see
    /// [`CertificateName`](crate::rbac::CertificateName).
    #[must_use]
    pub fn accept_client_certificates(mut self, authorities: impl Into<PathBuf>) -> Tls {
        self.clients = Some(Clients { authorities: authorities.into(), are_required: false });
        self
    }

    /// Requires client certificates that are issued by a CA in this file.
    ///
    /// Handshakes without one fail, including those of probes.
    #[must_use]
    pub fn require_client_certificates(mut self, authorities: impl Into<PathBuf>) -> Tls {
        self.clients = Some(Clients { authorities: authorities.into(), are_required: true });
        self
    }

    /// Sends `Strict-Transport-Security` (RFC 6797) with this `max-age` in every response; a year is usual.
    ///
    /// Disabled by default, because it applies to the host and not to the port: a browser that has visited this port once uses
    /// TLS for all other ports of the same host name, even those without TLS. Plaintext requests to this port are never served
    /// in either case.
    #[must_use]
    pub fn strict_transport_security(mut self, max_age: Duration) -> Tls {
        self.strict_transport = Some(max_age);
        self
    }

    /// Returns the files that are set.
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
