//! Why a crate cannot be tried.

use std::fmt;
use std::io;

/// The reason why a crate cannot be tried.
#[derive(Debug)]
pub(crate) enum Error {
    /// A file cannot be read or written.
    Io(io::Error),
    /// Cargo does not find the crate: what it printed.
    Cargo(String),
    /// The crate is of an edition whose paths are others.
    Edition2015,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io(error) => write!(f, "file access failed: {error}"),
            Error::Cargo(printed) => write!(f, "cargo failed: {}", printed.trim_end()),
            Error::Edition2015 => f.write_str("edition 2015 has no `::ops` path; choose a crate of a later edition"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io(error) => Some(error),
            Error::Cargo(_) | Error::Edition2015 => None,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Io(error)
    }
}
