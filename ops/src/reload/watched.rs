//! Watched files: decides whether what the files hold takes the place of what is active.

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

/// The contents of the files of some settings, in the order of their paths.
pub(crate) type Contents = [Zeroizing<Vec<u8>>];

/// The format of watched files: how their contents become a value.
pub(crate) trait FileFormat: Send + Sync + 'static {
    /// The value that the contents are parsed into.
    type Value;
    /// Why they cannot be used.
    type Error: Error + Send + Sync + 'static;

    /// Reads the contents of the files.
    fn parse(&self, contents: &Contents) -> Result<Self::Value, Self::Error>;

    /// Returns when `value` may be used.
    fn validity(value: &Self::Value) -> Validity;

    /// Makes the error of a file that cannot be read.
    fn unread(path: &Path, unread: Unread) -> Self::Error;

    /// Makes the error of files that hold something that is not valid now.
    fn outside_validity(&self, standing: Standing) -> Self::Error;
}

/// Files whose content is followed.
///
/// They are judged again when their content changes, and while only the time keeps them from being taken: the clock may be
/// set, and what is not valid yet becomes so. What is not valid now never takes the place of what is.
pub(crate) struct Watched<F: FileFormat> {
    format: F,
    paths: Vec<PathBuf>,
    clock: Clock,
    state: Mutex<ReloadState<F::Error>>,
    /// Held through each look: what is read later must not be overtaken by what was read before.
    looking: Mutex<()>,
}

/// The state of watched files.
#[derive(Debug)]
pub(crate) struct ReloadState<E> {
    /// The digest of what was judged last, good or not; `None` if there was nothing to judge.
    judged: Option<[u8; 32]>,
    /// `true` if the contents are refused only because of the clock.
    waits_for_clock: bool,
    /// The validity period of the active value.
    active: Validity,
    /// Why it may not be used now, though it stays active.
    lapsed: Option<Arc<E>>,
    /// The time of the last successful load.
    pub(crate) loaded: SystemTime,
    /// The number of failed reloads.
    pub(crate) failures: u64,
    /// The current error, if there is one.
    pub(crate) failure: Option<Arc<E>>,
}

/// The result of a look at the files.
#[derive(Debug)]
pub(crate) enum Refreshed<E> {
    /// They are as they were.
    Unchanged,
    /// The contents are active now.
    Loaded,
    /// They have become wrong, or what is active is not valid any more.
    Failed(Arc<E>),
    /// The active value is valid again, because the clock was set.
    Recovered,
}

impl<F: FileFormat> Watched<F> {
    /// Reads the files at `paths` for the first time. What they hold is taken whether it is valid now or not.
    pub(crate) fn open(format: F, paths: Vec<PathBuf>, clock: Clock) -> Result<(Watched<F>, F::Value), F::Error> {
        let paths: Vec<_> = paths.into_iter().map(absolute).collect();
        let contents = read_together(&paths).map_err(|(path, unread)| F::unread(path, unread))?;
        let value = format.parse(&contents)?;
        let (now, active) = (clock.time_of_day(), F::validity(&value));
        let lapsed = lapse(&format, active, now);
        let state = Mutex::new(ReloadState {
            judged: Some(digest(&contents)),
            waits_for_clock: false,
            active,
            lapsed,
            loaded: now,
            failures: 0,
            failure: None,
        });
        Ok((Watched { format, paths, clock, state, looking: Mutex::default() }, value))
    }

    /// Looks at the files again, and hands what they hold to `take` if that is to be active from now on. May block.
    pub(crate) fn refresh(&self, take: impl FnOnce(F::Value)) -> Refreshed<F::Error> {
        let _looking = self.looking.lock().ignore_poison();
        match self.look_at_files(take) {
            Refreshed::Unchanged => self.look_at_clock(),
            refreshed => refreshed,
        }
    }

    fn look_at_files(&self, take: impl FnOnce(F::Value)) -> Refreshed<F::Error> {
        let contents = match read_together(&self.paths) {
            Ok(contents) => contents,
            Err((path, unread)) => return self.state().failed(None, F::unread(path, unread)),
        };
        let now = self.clock.time_of_day();
        let content = digest(&contents);
        if self.state().is_settled(content) {
            return Refreshed::Unchanged;
        }
        // Without the lock: a scrape waits for it.
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
        take(value);
        self.state().loaded(content, validity, lapse(&self.format, validity, now), now)
    }

    /// Tells once when what is active stops being valid, or is valid again, though no file has changed.
    fn look_at_clock(&self) -> Refreshed<F::Error> {
        let mut state = self.state();
        let lapsed = lapse(&self.format, state.active, self.clock.time_of_day());
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

    /// Returns what the files mean.
    pub(crate) fn format(&self) -> &F {
        &self.format
    }

    /// Returns the clock by which validity is judged.
    #[cfg(feature = "tls")]
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns what has become of the files.
    pub(crate) fn state(&self) -> MutexGuard<'_, ReloadState<F::Error>> {
        self.state.lock().ignore_poison()
    }
}

impl<E: Error + 'static> ReloadState<E> {
    /// Returns `true` if contents of this digest were judged already, and time does not change the verdict.
    fn is_settled(&self, content: [u8; 32]) -> bool {
        self.judged == Some(content) && !self.waits_for_clock
    }

    /// Records that what has this digest is active.
    fn loaded(
        &mut self,
        content: [u8; 32],
        validity: Validity,
        lapsed: Option<Arc<E>>,
        now: SystemTime,
    ) -> Refreshed<E> {
        (self.judged, self.waits_for_clock) = (Some(content), false);
        (self.active, self.lapsed) = (validity, lapsed);
        (self.loaded, self.failure) = (now, None);
        Refreshed::Loaded
    }

    /// Returns the number of failed reloads, and the time of the last successful load.
    pub(crate) fn reloads(&self) -> (u64, SystemTime) {
        (self.failures, self.loaded)
    }

    /// Returns why what is active may not be used now, though it is.
    #[cfg(test)]
    pub(crate) fn lapsed(&self) -> Option<&E> {
        self.lapsed.as_deref()
    }

    /// Returns what is wrong with the files or, if nothing is, with what is active.
    pub(crate) fn trouble(&self) -> Option<&E> {
        self.failure.as_deref().or(self.lapsed.as_deref())
    }

    /// Records that what has this digest cannot be used, or that there is nothing that has one. It is told if the error is
    /// another one than before.
    fn failed(&mut self, content: Option<[u8; 32]>, error: E) -> Refreshed<E> {
        (self.judged, self.waits_for_clock) = (content, false);
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

/// Returns why what is valid in this period is not at `now`.
fn lapse<F: FileFormat>(format: &F, validity: Validity, now: SystemTime) -> Option<Arc<F::Error>> {
    match validity.standing(now) {
        Standing::Valid => None,
        outside => Some(Arc::new(format.outside_validity(outside))),
    }
}

/// Returns a digest of the contents, and of where one ends and the next one begins.
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
