//! TLS files: loading and hot reload of the certificate, its key and the client CAs.

use super::error::TlsError;
use super::material::{ChainCertificate, Loaded};
use super::settings::{Tls, TlsPaths};
use crate::crypto_provider::crypto_provider;
use crate::reload::{
    Contents, FileFormat, Refreshed, ReloadState, Standing, Unread, Validity, Watched, absolute,
    is_readable_by_everyone,
};
use arc_swap::ArcSwap;
use ops_core::clock::Clock;
use rustls::crypto::CryptoProvider;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;

/// The TLS files of a server and the configuration from their last good version.
pub(crate) struct TlsFiles {
    watched: Watched<TlsFormat>,
    strict_transport: Option<Duration>,
    pub(super) active: ArcSwap<Loaded>,
    /// Notified when the client CAs change, to close connections authenticated by the previous ones.
    pub(super) trust: watch::Sender<()>,
}

/// The format of the TLS files, and the crypto provider for the lifetime of the server.
struct TlsFormat {
    paths: TlsPaths,
    provider: Arc<CryptoProvider>,
}

impl FileFormat for TlsFormat {
    type Value = Loaded;
    type Error = TlsError;

    fn parse(&self, contents: &Contents) -> Result<Loaded, TlsError> {
        Loaded::parse(&self.paths, contents, &self.provider)
    }

    /// Returns the validity of the server's own certificate.
    ///
    /// Other certificates of the chain do not matter, because clients may not need them.
    fn validity(loaded: &Loaded) -> Validity {
        loaded.chain.first().map(|own| own.validity).unwrap_or_default()
    }

    fn unread(path: &Path, unread: Unread) -> TlsError {
        TlsError::unread(path, unread)
    }

    fn outside_validity(&self, standing: Standing) -> TlsError {
        let reason = match standing {
            Standing::Valid => "the certificate cannot be used".to_owned(),
            Standing::Expired(at) => format!("the certificate expired at {}; renew it", time(at)),
            Standing::NotYetValid(at) => {
                format!("the certificate is not valid before {}; replace it, or check the system clock", time(at))
            }
        };
        TlsError::refused(&self.paths.certificate, reason)
    }
}

impl TlsFiles {
    /// Loads the files.
    pub(crate) fn open(settings: &Tls) -> Result<TlsFiles, TlsError> {
        TlsFiles::open_at(settings, Clock::default())
    }

    /// Loads the files, using `clock` to check validity.
    pub(crate) fn open_at(settings: &Tls, clock: Clock) -> Result<TlsFiles, TlsError> {
        let TlsPaths { certificate, key, mut clients } = settings.paths()?;
        let (certificate, key) = (absolute(certificate), absolute(key));
        let mut paths = vec![certificate.clone(), key.clone()];
        if let Some(clients) = &mut clients {
            clients.authorities = absolute(std::mem::take(&mut clients.authorities));
            paths.push(clients.authorities.clone());
        }
        let provider = crypto_provider().ok_or(TlsError::NoCryptoProvider)?;
        let format = TlsFormat { paths: TlsPaths { certificate, key, clients }, provider };
        let (watched, loaded) = Watched::open(format, paths, clock)?;
        let files = TlsFiles {
            watched,
            strict_transport: settings.strict_transport,
            active: ArcSwap::from_pointee(loaded),
            trust: watch::Sender::new(()),
        };
        files.warnings()();
        Ok(files)
    }

    /// Reloads the files if they have changed. May block.
    pub(crate) fn refresh(&self) -> Refreshed<TlsError> {
        self.watched.refresh(|loaded| {
            let authorities = loaded.authorities;
            let before = self.active.swap(Arc::new(loaded));
            if before.authorities != authorities {
                self.trust.send_replace(());
            }
        })
    }

    /// Checks the files for problems that do not prevent their use. Returns a function that logs them.
    ///
    /// This function may block; the returned one does not access files.
    pub(crate) fn warnings(&self) -> impl FnOnce() + Send + use<> {
        let TlsPaths { certificate, key, .. } = self.paths().clone();
        let is_readable = is_readable_by_everyone(&key);
        let standing = self.validity().standing(self.clock().time_of_day());
        let chain_warnings = self.chain_warnings();
        move || {
            if is_readable {
                let path = key.display();
                tracing::warn!(%path, "TLS key file is readable by all users: run `chmod o-r` on it");
            }
            let path = certificate.display();
            match standing {
                Standing::Valid => {}
                Standing::Expired(_) => {
                    tracing::error!(%path, "server certificate has expired: most clients will reject it; renew it");
                }
                Standing::NotYetValid(_) => {
                    tracing::error!(%path, "server certificate is not valid yet: most clients will reject it");
                }
            }
            for warning in chain_warnings {
                tracing::warn!(%path, "{warning}");
            }
        }
    }

    /// Describes each certificate of the chain, except the server's own, that is not currently valid.
    pub(crate) fn chain_warnings(&self) -> Vec<String> {
        let now = self.clock().time_of_day();
        let loaded = self.active.load();
        let intermediates = loaded.chain.iter().skip(1);
        let warning = |ChainCertificate { subject, validity }: &ChainCertificate| {
            let problem = match validity.standing(now) {
                Standing::Valid => return None,
                Standing::Expired(at) => format!("expired at {}", time(at)),
                Standing::NotYetValid(at) => format!("is not valid before {}", time(at)),
            };
            Some(format!(
                "the certificate of `{subject}` in the chain {problem}; replace it, or remove it if clients do not need it"
            ))
        };
        intermediates.filter_map(warning).collect()
    }

    fn paths(&self) -> &TlsPaths {
        &self.watched.format().paths
    }

    /// Returns the validity period of the server's own certificate.
    fn validity(&self) -> Validity {
        TlsFormat::validity(&self.active.load())
    }

    /// Returns the `max-age` of `Strict-Transport-Security`, if it is sent.
    pub(crate) fn strict_transport(&self) -> Option<Duration> {
        self.strict_transport
    }

    /// Returns the path of the certificate file.
    pub(crate) fn certificate(&self) -> &Path {
        &self.paths().certificate
    }

    /// Returns `required` or `optional` and the client CA file, if client certificates are used.
    pub(crate) fn client_certificates(&self) -> Option<(&'static str, &Path)> {
        let clients = self.paths().clients.as_ref()?;
        Some((if clients.are_required { "required" } else { "optional" }, &clients.authorities))
    }

    /// Returns the expiry of the server's own certificate.
    pub(crate) fn expires(&self) -> SystemTime {
        self.validity().not_after.unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// Returns the clock that validity is checked against.
    pub(super) fn clock(&self) -> &Clock {
        self.watched.clock()
    }

    /// Returns the state of the last reload.
    pub(crate) fn state(&self) -> MutexGuard<'_, ReloadState<TlsError>> {
        self.watched.state()
    }
}

fn time(time: SystemTime) -> humantime::Rfc3339Timestamp {
    humantime::format_rfc3339_seconds(time)
}

impl fmt::Debug for TlsFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsFiles").field("paths", self.paths()).finish_non_exhaustive()
    }
}
