//! TLS that follows its files.

use super::error::TlsError;
use super::material::{Loaded, Material};
use super::settings::{Tls, TlsPaths};
use crate::reload::{self, Followed, Refreshed};
use arc_swap::ArcSwap;
use ops_core::unwind::IgnorePoison;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;

/// What a server presents, and whom it believes: as the files were when they were last good.
pub(crate) struct TlsFiles {
    paths: TlsPaths,
    strict_transport: Option<Duration>,
    pub(super) now: ArcSwap<Loaded>,
    state: Mutex<Followed<TlsError>>,
    /// Changes when other authorities are believed: who was believed by the former ones comes again.
    pub(super) trust: watch::Sender<()>,
}

impl TlsFiles {
    /// Reads the files.
    pub(crate) fn open(settings: &Tls) -> Result<TlsFiles, TlsError> {
        let (paths, strict_transport) = (settings.paths()?, settings.strict_transport);
        let material = Material::read(&paths)?;
        let loaded = material.load(&paths)?;
        if reload::is_everyones_to_read(&paths.key) {
            let path = paths.key.display();
            tracing::warn!(%path, "everyone on this machine may read the key of the server: take that away with `chmod o-r`");
        }
        if loaded.expires <= SystemTime::now() {
            let path = paths.certificate.display();
            tracing::error!(%path, "the certificate of the server has expired: most clients will refuse it");
        }
        let state = Mutex::new(Followed::new(material.digest()));
        let (now, trust) = (ArcSwap::from_pointee(loaded), watch::Sender::new(()));
        Ok(TlsFiles { paths, strict_transport, now, state, trust })
    }

    /// Looks at the files again. May block.
    pub(crate) fn refresh(&self) -> Refreshed<TlsError> {
        let material = match Material::read(&self.paths) {
            Ok(material) => material,
            Err(error) => return self.state().failed(None, error),
        };
        let content = material.digest();
        if !self.state().is_new(content) {
            return Refreshed::Unchanged;
        }
        match material.load(&self.paths).and_then(|loaded| self.unexpired(loaded)) {
            Ok(loaded) => {
                let authorities = loaded.authorities;
                let before = self.now.swap(Arc::new(loaded));
                if before.authorities != authorities {
                    self.trust.send_replace(());
                }
                self.state().loaded()
            }
            Err(error) => self.state().failed(Some(content), error),
        }
    }

    fn unexpired(&self, loaded: Loaded) -> Result<Loaded, TlsError> {
        if loaded.expires > SystemTime::now() {
            return Ok(loaded);
        }
        let expired = humantime::format_rfc3339_seconds(loaded.expires);
        Err(TlsError::refused(self.certificate(), format!("a certificate in it has expired at {expired}")))
    }

    /// For how long browsers are to ask over TLS only.
    pub(crate) fn strict_transport(&self) -> Option<Duration> {
        self.strict_transport
    }

    /// The file of the certificate.
    pub(crate) fn certificate(&self) -> &Path {
        &self.paths.certificate
    }

    /// What is asked of clients, and the file of their authorities.
    pub(crate) fn client_certificates(&self) -> Option<(&'static str, &Path)> {
        let clients = self.paths.clients.as_ref()?;
        Some((if clients.are_required { "required" } else { "optional" }, &clients.authorities))
    }

    /// When the first certificate of the chain expires.
    pub(crate) fn expires(&self) -> SystemTime {
        self.now.load().expires
    }

    /// What has become of the files.
    pub(crate) fn state(&self) -> MutexGuard<'_, Followed<TlsError>> {
        self.state.lock().ignore_poison()
    }
}

impl fmt::Debug for TlsFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsFiles").field("paths", &self.paths).finish_non_exhaustive()
    }
}
