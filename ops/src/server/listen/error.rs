//! Errors of listening on an address.

use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::PathBuf;

/// Reasons a server cannot listen.
#[derive(Debug)]
pub(crate) enum ListenError {
    /// The address is invalid; contains the reason.
    Address(String),
    /// The address cannot be bound.
    Bind { address: SocketAddr, source: io::Error },
    /// The Unix socket cannot be created.
    #[cfg(unix)]
    Socket { path: PathBuf, reason: String },
}
