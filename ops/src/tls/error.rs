//! What can be wrong with the files of TLS.

use crate::reload::Unread;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Reasons TLS files cannot be used. No part of a private key is in a message.
#[derive(Debug)]
#[non_exhaustive]
pub enum TlsError {
    /// A required file is not set.
    Missing {
        /// The setter of [`Tls`](crate::Tls).
        setting: &'static str,
    },
    /// No crypto provider of rustls is installed or linked.
    NoCryptoProvider,
    /// The crypto provider has nothing for TLS 1.2 and 1.3.
    UnusableCryptoProvider {
        /// Why.
        reason: String,
    },
    /// A file cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
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
            TlsError::NoCryptoProvider => f.write_str(
                "no crypto provider for TLS: none is linked and none is installed; enable the feature `tls-ring` or \
                 `tls-aws-lc-rs` of `ops`, or call `rustls::crypto::CryptoProvider::install_default` before `build`",
            ),
            TlsError::UnusableCryptoProvider { reason } => write!(
                f,
                "the crypto provider for TLS cannot be used: {reason}; install another one with \
                 `rustls::crypto::CryptoProvider::install_default`"
            ),
            TlsError::Read { path, .. } => write!(f, "{}, of TLS, cannot be read", path.display()),
            TlsError::Refused { path, reason } => write!(f, "{}, of TLS, is refused: {reason}", path.display()),
        }
    }
}

impl std::error::Error for TlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            TlsError::Read { source, .. } => Some(source),
            TlsError::Missing { .. }
            | TlsError::NoCryptoProvider
            | TlsError::UnusableCryptoProvider { .. }
            | TlsError::Refused { .. } => None,
        }
    }
}
