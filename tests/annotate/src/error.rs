//! Errors of `ops-annotate`.

use std::fmt;
use std::io;

/// Reasons that a crate cannot be annotated or compiled.
#[derive(Debug)]
pub(crate) enum Error {
    /// File access failed.
    Io(io::Error),
    /// Cargo cannot fetch the crate. Contains its output.
    Cargo(String),
    /// The crate uses edition 2015, in which `::ops` does not resolve to a dependency.
    Edition2015,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io(error) => write!(f, "cannot access a file: {error}"),
            Error::Cargo(printed) => write!(f, "cargo failed: {}", printed.trim_end()),
            Error::Edition2015 => {
                f.write_str("unsupported edition 2015: `::ops` does not resolve; choose a crate of a later edition")
            }
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
