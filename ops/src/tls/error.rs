//! What can be wrong with the files of TLS.

use crate::reload::Unread;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why files are no certificate and key. No part of a key is in it.
#[derive(Debug)]
#[non_exhaustive]
pub enum TlsError {
    /// A required file is not set.
    Missing {
        /// The setter of [`Tls`](crate::Tls).
        setting: &'static str,
    },
    /// A file cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is something that certificates should not be read from, or has nothing in it that could be used.
    Refused {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
}

impl TlsError {
    pub(super) fn unread(path: &Path, unread: Unread) -> TlsError {
        match unread {
            Unread::Failed(source) => TlsError::Read { path: path.to_owned(), source },
            Unread::Refused(reason) => TlsError::refused(path, reason),
        }
    }

    pub(super) fn refused(path: &Path, reason: impl Into<String>) -> TlsError {
        TlsError::Refused { path: path.to_owned(), reason: reason.into() }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TlsError::Missing { setting } => {
                write!(f, "invalid TLS settings: no {setting} is set; name its file with `Tls::{setting}(..)`")
            }
            TlsError::Read { path, source } => write!(f, "{}, of TLS, cannot be read: {source}", path.display()),
            TlsError::Refused { path, reason } => write!(f, "{}, of TLS, is refused: {reason}", path.display()),
        }
    }
}

/// Without a source: the text has the cause in it.
impl std::error::Error for TlsError {}
