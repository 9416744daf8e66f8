//! The HTTP server: listening, connection limits, a dedicated thread, and graceful shutdown.

// Layering: `listen` and `shutdown` depend neither on each other nor on `connection`, which uses both.

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
