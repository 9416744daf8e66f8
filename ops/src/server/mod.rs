//! The server: an address, a thread of its own, an accept loop with limits, and a graceful shutdown.

// The folders form layers: `listen` and `shutdown` know neither each other nor connections; `connection` uses both.

mod connection;
mod error;
#[cfg(any(test, fuzzing))]
mod in_memory_server;
mod listen;
mod running;
mod shutdown;
mod thread;

pub use error::{ConfigError, Error};
pub use listen::Address;
#[cfg(unix)]
pub use listen::{UnixGroup, UnixSocket};
pub use running::{Running, Server};
pub use shutdown::{ShutdownSignal, Termination};

#[cfg(fuzzing)]
pub(crate) use in_memory_server::InMemoryServer;
pub(crate) use running::bind;

#[cfg(test)]
mod tests;
