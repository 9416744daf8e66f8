//! Files that settings come from: how one is read, and what becomes of one that is followed.

use crate::error::ErrorChain;
use std::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;
use zeroize::Zeroizing;

/// The longest file, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// Why a file was not read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// The system does not let it.
    Failed(io::Error),
    /// It is something that settings should not be read from; why, and what to do.
    Refused(&'static str),
}

/// What the file at `path` holds: a regular one of at most 1 MiB that not everyone may write. May block.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Unread> {
    // Looked at before it is opened: to open a pipe waits for who writes into it.
    let metadata = std::fs::metadata(path).map_err(Unread::Failed)?;
    if !metadata.is_file() {
        return Err(Unread::Refused("it is no file"));
    }
    #[cfg(unix)]
    if mode(&metadata) & 0o002 != 0 {
        return Err(Unread::Refused("everyone may write it: take that away with `chmod o-w`"));
    }
    // With room for all of it, so that no part is left behind where the bytes have grown out of.
    let room = usize::try_from(metadata.len().min(LONGEST)).unwrap_or_default() + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes)).map_err(Unread::Failed)?;
    if bytes.len() as u64 > LONGEST {
        return Err(Unread::Refused("it is longer than 1 MiB"));
    }
    Ok(bytes)
}

/// Whether everyone on the machine may read the file at `path`.
#[cfg(feature = "tls")]
pub(crate) fn is_everyones_to_read(path: &Path) -> bool {
    #[cfg(unix)]
    return std::fs::metadata(path).is_ok_and(|metadata| mode(&metadata) & 0o004 != 0);
    #[cfg(not(unix))]
    return false;
}

#[cfg(unix)]
fn mode(metadata: &std::fs::Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions())
}

/// What has become of settings that follow their file.
#[derive(Debug)]
pub(crate) struct Followed<E> {
    /// The digest of what was read last, good or not.
    content: [u8; 32],
    /// When the settings were last taken.
    pub(crate) loaded: SystemTime,
    /// How often they have become wrong.
    pub(crate) failures: u64,
    /// What is wrong with them now.
    pub(crate) failure: Option<Arc<E>>,
}

/// What a look at the file gave.
#[derive(Debug)]
pub(crate) enum Refreshed<E> {
    /// It is as it was.
    Unchanged,
    /// The settings are what it now says.
    Loaded,
    /// It has become wrong.
    Failed(Arc<E>),
}

impl<E: Error + 'static> Followed<E> {
    /// Settings that were just taken from what has this digest.
    pub(crate) fn new(content: [u8; 32]) -> Self {
        Followed { content, loaded: SystemTime::now(), failures: 0, failure: None }
    }

    /// Whether what has this digest is anything new.
    pub(crate) fn is_new(&mut self, content: [u8; 32]) -> bool {
        std::mem::replace(&mut self.content, content) != content
    }

    /// Says that the settings are taken.
    pub(crate) fn loaded(&mut self) -> Refreshed<E> {
        (self.loaded, self.failure) = (SystemTime::now(), None);
        Refreshed::Loaded
    }

    /// Says that what has this digest cannot be used, or that there is nothing that has one.
    pub(crate) fn failed(&mut self, content: Option<[u8; 32]>, error: E) -> Refreshed<E> {
        self.content = content.unwrap_or_default();
        if self.failure.as_ref().is_some_and(|known| ErrorChain(&**known).to_string() == ErrorChain(&error).to_string())
        {
            return Refreshed::Unchanged;
        }
        let error = Arc::new(error);
        self.failures += 1;
        self.failure = Some(error.clone());
        Refreshed::Failed(error)
    }
}
