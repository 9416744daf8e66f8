//! Errors of the TLS configuration.

use crate::reload::Unread;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Errors of the TLS configuration. Messages contain no part of a private key.
#[derive(Debug)]
#[non_exhaustive]
pub enum TlsError {
    /// A required file is not set.
    Missing {
        /// The method of [`Tls`](crate::Tls) that sets it.
        setting: &'static str,
    },
    /// No rustls crypto provider is installed or linked.
    NoCryptoProvider,
    /// The crypto provider supports neither TLS 1.2 nor TLS 1.3.
    UnusableCryptoProvider {
        /// The reason.
        reason: String,
    },
    /// A file cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file is invalid, or must not be used because of its type or permissions.
    Refused {
        /// The file.
        path: PathBuf,
        /// The reason, and the remedy.
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
                write!(f, "invalid TLS settings: no {setting} is set; set its file with `Tls::{setting}(..)`")
            }
            TlsError::NoCryptoProvider => f.write_str(
                "no crypto provider for TLS: none is linked or installed; enable the feature `tls-ring` or \
                 `tls-aws-lc-rs` of `ops`, or call `rustls::crypto::CryptoProvider::install_default` before `build`",
            ),
            TlsError::UnusableCryptoProvider { reason } => write!(
                f,
                "cannot use the crypto provider for TLS: {reason}; install another one with \
                 `rustls::crypto::CryptoProvider::install_default`"
            ),
            TlsError::Read { path, .. } => write!(f, "cannot read TLS file `{}`", path.display()),
            TlsError::Refused { path, reason } => write!(f, "invalid TLS file `{}`: {reason}", path.display()),
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
