//! Listening: addresses, TCP sockets and Unix sockets.

mod address;
mod error;
mod listener;
#[cfg(unix)]
mod unix_socket;

pub use address::Address;
#[cfg(unix)]
pub use unix_socket::{UnixGroup, UnixSocket};

pub(super) use error::ListenError;
pub(super) use listener::{BoundListener, Listener, Stream, listen};
