//! TLS that follows its files.

use super::error::TlsError;
use super::material::{Loaded, Material};
use super::settings::Tls;
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
    settings: Tls,
    pub(super) now: ArcSwap<Loaded>,
    state: Mutex<Followed<TlsError>>,
    /// Changes when other authorities are believed: who was believed by the former ones comes again.
    pub(super) trust: watch::Sender<()>,
}

impl TlsFiles {
    /// Reads the files.
    pub(crate) fn open(settings: Tls) -> Result<TlsFiles, TlsError> {
        let material = Material::read(&settings)?;
        let loaded = material.load(&settings)?;
        if reload::is_everyones_to_read(&settings.key) {
            let path = settings.key.display();
            tracing::warn!(%path, "everyone on this machine may read the key of the server: take that away with `chmod o-r`");
        }
        if loaded.expires <= SystemTime::now() {
            let path = settings.certificate.display();
            tracing::error!(%path, "the certificate of the server has expired: most clients will refuse it");
        }
        let state = Mutex::new(Followed::new(material.digest()));
        Ok(TlsFiles { settings, now: ArcSwap::from_pointee(loaded), state, trust: watch::Sender::new(()) })
    }

    /// Looks at the files again. May block.
    pub(crate) fn refresh(&self) -> Refreshed<TlsError> {
        let material = match Material::read(&self.settings) {
            Ok(material) => material,
            Err(error) => return self.state().failed(None, error),
        };
        let content = material.digest();
        if !self.state().is_new(content) {
            return Refreshed::Unchanged;
        }
        match material.load(&self.settings).and_then(|loaded| self.unexpired(loaded)) {
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
        self.settings.strict_transport
    }

    /// The file of the certificate.
    pub(crate) fn certificate(&self) -> &Path {
        &self.settings.certificate
    }

    /// What is asked of clients, and the file of their authorities.
    pub(crate) fn client_certificates(&self) -> Option<(&'static str, &Path)> {
        let clients = self.settings.clients.as_ref()?;
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
        f.debug_struct("TlsFiles").field("settings", &self.settings).finish_non_exhaustive()
    }
}
