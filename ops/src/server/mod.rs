//! The server: an address, a thread of its own, an accept loop with limits, and an end.

mod accept;
mod address;
mod connection;
mod ending;
mod error;
mod listener;
mod newcomers;
#[cfg(any(test, fuzzing))]
mod pipes;
mod places;
mod progress;
mod rarely;
mod running;
mod signals;
mod spare;
mod stop;
mod termination;
#[cfg(test)]
mod tests;
mod thread;
mod timer;
#[cfg(unix)]
mod unix;

pub use address::Address;
pub use error::{Error, Problem};
pub use running::{Running, Server};
pub use termination::Termination;

#[cfg(fuzzing)]
pub(crate) use pipes::Pipes;
pub(crate) use running::bind;
