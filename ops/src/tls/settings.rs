//! Which files TLS is made of.

use std::path::PathBuf;
use std::time::Duration;

/// The certificate of a server and its key, in PEM files, and which certificates its clients may or must have.
///
/// The files are read at the start, where one that is wrong is an error, and looked at again every few seconds
/// ([`Limits::tls_files_interval`](crate::Limits::tls_files_interval)): when their content has changed, new connections are given what
/// they now hold. Files that have become wrong, do not belong together or hold a certificate that has expired change nothing: what
/// was last good stays, and the log, `/info` and a metric say so.
///
/// TLS 1.2 and 1.3 are spoken, and HTTP/1.1 in them. Nothing is resumed: every connection has a handshake of its own.
///
/// ```no_run
/// # async fn start() -> Result<(), ops::Error> {
/// let tls = ops::Tls::new("/etc/app/tls.crt", "/etc/app/tls.key").accept_client_certificates("/etc/app/clients.crt");
/// let api = ops::Api::builder().tls(tls).policy_file("/etc/app/policy.toml").build()?;
/// let running = api.bind("0.0.0.0:9464").await?.spawn();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
    pub(super) clients: Option<Clients>,
    pub(super) strict_transport: Option<Duration>,
}

/// Whose certificates clients may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clients {
    pub(super) authorities: PathBuf,
    pub(super) are_required: bool,
}

impl Tls {
    /// The certificate, with those between it and its root after it, and its private key (PKCS #8, PKCS #1 or SEC1). Both may be
    /// in one file. A key that everyone on the machine may read is used, with a warning in the log.
    pub fn new(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Tls {
        Tls { certificate: certificate.into(), key: key.into(), clients: None, strict_transport: None }
    }

    /// Clients may have a certificate that one of the authorities in this file has issued. One that is not is refused in the
    /// handshake; a client without one is served, and says who it is by other credentials or not at all.
    ///
    /// A certificate is the credential of the user that the policy names for it: see
    /// [`CertificateName`](crate::rbac::CertificateName).
    #[must_use]
    pub fn accept_client_certificates(mut self, authorities: impl Into<PathBuf>) -> Tls {
        self.clients = Some(Clients { authorities: authorities.into(), are_required: false });
        self
    }

    /// Clients must have such a certificate: without one there is no connection, not even for a probe.
    #[must_use]
    pub fn require_client_certificates(mut self, authorities: impl Into<PathBuf>) -> Tls {
        self.clients = Some(Clients { authorities: authorities.into(), are_required: true });
        self
    }

    /// Has every answer say that browsers are to ask this host over TLS only, for so long from then on
    /// (`Strict-Transport-Security`, RFC 6797); a year is usual.
    ///
    /// Not said unless asked for, as it is about a host and not about a port: a browser that has once looked at this port asks the
    /// application at the other ports of the same name over TLS too, whether they speak it or not. Whoever asks this port
    /// without TLS is never answered what was asked for, with or without this.
    #[must_use]
    pub fn strict_transport_security(mut self, max_age: Duration) -> Tls {
        self.strict_transport = Some(max_age);
        self
    }

    /// Whether a client without a certificate is served.
    pub(crate) fn are_certificates_optional(&self) -> bool {
        self.clients.as_ref().is_some_and(|clients| !clients.are_required)
    }
}
