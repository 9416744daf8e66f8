//! Watched files: decides whether changed contents replace the active value.

use super::contents::{Unread, absolute, read_together};
use super::validity::{Standing, Validity};
use crate::error::ErrorChain;
use ops_core::clock::Clock;
use ops_core::unwind::IgnorePoison;
use sha2::{Digest, Sha256};
use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;
use zeroize::Zeroizing;

/// Contents of a set of files, in the order of their paths.
pub(crate) type Contents = [Zeroizing<Vec<u8>>];

/// A format of watched files, which parses their contents into a value.
pub(crate) trait FileFormat: Send + Sync + 'static {
    /// The value that the contents are parsed into.
    type Value;
    /// The reason the files cannot be used.
    type Error: Error + Send + Sync + 'static;

    /// Parses the contents of the files.
    fn parse(&self, contents: &Contents) -> Result<Self::Value, Self::Error>;

    /// Returns the validity period of `value`.
    fn validity(value: &Self::Value) -> Validity;

    /// Creates the error for a file that cannot be read.
    fn unread(path: &Path, unread: Unread) -> Self::Error;

    /// Creates the error for contents that are not currently valid.
    fn outside_validity(&self, standing: Standing) -> Self::Error;
}

/// A set of files that is reloaded when its contents change.
///
/// Contents that were rejected only because they are not currently valid are checked again at each refresh, since time passes and
/// the clock may be set. Contents that are not currently valid never replace an active value that is.
pub(crate) struct Watched<F: FileFormat> {
    format: F,
    paths: Vec<PathBuf>,
    clock: Clock,
    state: Mutex<ReloadState<F::Error>>,
    /// Serializes refreshes, so that an older read never replaces a newer one.
    refreshing: Mutex<()>,
}

/// The state of watched files.
#[derive(Debug)]
pub(crate) struct ReloadState<E> {
    /// Digest of the contents checked last, valid or not; `None` if they could not be read.
    checked: Option<[u8; 32]>,
    /// Set if the contents were rejected only because they are not currently valid.
    waits_for_clock: bool,
    /// The validity period of the active value.
    active: Validity,
    /// The reason the active value is no longer valid, although it stays active.
    lapsed: Option<Arc<E>>,
    /// The time of the last successful load.
    pub(crate) loaded: SystemTime,
    /// The number of failed reloads.
    pub(crate) failures: u64,
    /// The current error of the files, if any.
    pub(crate) failure: Option<Arc<E>>,
}

/// The result of a refresh.
#[derive(Debug)]
pub(crate) enum Refreshed<E> {
    /// Nothing has changed.
    Unchanged,
    /// The new contents are active.
    Loaded,
    /// The files cannot be used, or the active value is no longer valid.
    Failed(Arc<E>),
    /// The active value is valid again, because the clock was set.
    Recovered,
}

impl<F: FileFormat> Watched<F> {
    /// Reads the files at `paths` for the first time. They are accepted even if not currently valid.
    pub(crate) fn open(format: F, paths: Vec<PathBuf>, clock: Clock) -> Result<(Watched<F>, F::Value), F::Error> {
        let paths: Vec<_> = paths.into_iter().map(absolute).collect();
        let contents = read_together(&paths).map_err(|(path, unread)| F::unread(path, unread))?;
        let value = format.parse(&contents)?;
        let (now, active) = (clock.time_of_day(), F::validity(&value));
        let lapsed = validity_error(&format, active, now);
        let state = Mutex::new(ReloadState {
            checked: Some(digest(&contents)),
            waits_for_clock: false,
            active,
            lapsed,
            loaded: now,
            failures: 0,
            failure: None,
        });
        Ok((Watched { format, paths, clock, state, refreshing: Mutex::default() }, value))
    }

    /// Checks the files for changes, and passes their value to `activate` if it becomes active. May block.
    pub(crate) fn refresh(&self, activate: impl FnOnce(F::Value)) -> Refreshed<F::Error> {
        let _refreshing = self.refreshing.lock().ignore_poison();
        match self.refresh_files(activate) {
            Refreshed::Unchanged => self.refresh_validity(),
            refreshed => refreshed,
        }
    }

    fn refresh_files(&self, activate: impl FnOnce(F::Value)) -> Refreshed<F::Error> {
        let contents = match read_together(&self.paths) {
            Ok(contents) => contents,
            Err((path, unread)) => return self.state().failed(None, F::unread(path, unread)),
        };
        let now = self.clock.time_of_day();
        let content = digest(&contents);
        if self.state().is_settled(content) {
            return Refreshed::Unchanged;
        }
        // Parse without holding the lock, because scrapes acquire it.
        let value = match self.format.parse(&contents) {
            Ok(value) => value,
            Err(error) => return self.state().failed(Some(content), error),
        };
        let validity = F::validity(&value);
        let standing = validity.standing(now);
        if standing != Standing::Valid && self.state().active.standing(now) == Standing::Valid {
            let mut state = self.state();
            let refreshed = state.failed(Some(content), self.format.outside_validity(standing));
            state.waits_for_clock = true;
            return refreshed;
        }
        activate(value);
        self.state().loaded(content, validity, validity_error(&self.format, validity, now), now)
    }

    /// Reports once when the active value becomes invalid or valid again without a change of the files.
    fn refresh_validity(&self) -> Refreshed<F::Error> {
        let mut state = self.state();
        let lapsed = validity_error(&self.format, state.active, self.clock.time_of_day());
        let was_valid = state.lapsed.is_none();
        state.lapsed.clone_from(&lapsed);
        match lapsed {
            Some(error) if was_valid => {
                state.failures += 1;
                Refreshed::Failed(error)
            }
            None if !was_valid => Refreshed::Recovered,
            _ => Refreshed::Unchanged,
        }
    }

    /// Returns the format of the files.
    pub(crate) fn format(&self) -> &F {
        &self.format
    }

    /// Returns the clock that validity is checked against.
    #[cfg(feature = "tls")]
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns the state of the last refresh.
    pub(crate) fn state(&self) -> MutexGuard<'_, ReloadState<F::Error>> {
        self.state.lock().ignore_poison()
    }
}

impl<E: Error + 'static> ReloadState<E> {
    /// Returns `true` if contents with this digest need not be checked again.
    ///
    /// They were checked last, and the result does not depend on the clock.
    fn is_settled(&self, content: [u8; 32]) -> bool {
        self.checked == Some(content) && !self.waits_for_clock
    }

    /// Records that contents with this digest are active.
    fn loaded(
        &mut self,
        content: [u8; 32],
        validity: Validity,
        lapsed: Option<Arc<E>>,
        now: SystemTime,
    ) -> Refreshed<E> {
        (self.checked, self.waits_for_clock) = (Some(content), false);
        (self.active, self.lapsed) = (validity, lapsed);
        (self.loaded, self.failure) = (now, None);
        Refreshed::Loaded
    }

    /// Returns the number of failed reloads, and the time of the last successful load.
    pub(crate) fn reloads(&self) -> (u64, SystemTime) {
        (self.failures, self.loaded)
    }

    /// Returns the reason the active value is no longer valid, or `None` if it is valid.
    #[cfg(test)]
    pub(crate) fn lapsed(&self) -> Option<&E> {
        self.lapsed.as_deref()
    }

    /// Returns the current error of the files, or else the reason the active value is no longer valid.
    pub(crate) fn trouble(&self) -> Option<&E> {
        self.failure.as_deref().or(self.lapsed.as_deref())
    }

    /// Records that the contents are unusable, or could not be read (`None`).
    ///
    /// Returns [`Refreshed::Failed`] if the error differs from the previous one.
    fn failed(&mut self, content: Option<[u8; 32]>, error: E) -> Refreshed<E> {
        (self.checked, self.waits_for_clock) = (content, false);
        let is_known = |known: &Arc<E>| ErrorChain(&**known).to_string() == ErrorChain(&error).to_string();
        if self.failure.as_ref().is_some_and(is_known) {
            return Refreshed::Unchanged;
        }
        let error = Arc::new(error);
        self.failures += 1;
        self.failure = Some(error.clone());
        Refreshed::Failed(error)
    }
}

/// Returns the error for a value with this validity period, or `None` if it is valid at `now`.
fn validity_error<F: FileFormat>(format: &F, validity: Validity, now: SystemTime) -> Option<Arc<F::Error>> {
    match validity.standing(now) {
        Standing::Valid => None,
        outside => Some(Arc::new(format.outside_validity(outside))),
    }
}

/// Returns a digest of the contents and their lengths.
fn digest(contents: &Contents) -> [u8; 32] {
    let mut digest = Sha256::new();
    for content in contents {
        digest.update((content.len() as u64).to_le_bytes());
        digest.update(content.as_slice());
    }
    digest.finalize().into()
}

impl<F: FileFormat> fmt::Debug for Watched<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("paths", &self.paths).finish_non_exhaustive()
    }
}
