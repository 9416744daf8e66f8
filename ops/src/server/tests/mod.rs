//! The server without a network: its clients are at the other end of pipes, and time is the tests' own.

mod hostile;
mod matrix;
mod slow;
mod smuggling;
#[cfg(feature = "tls")]
mod tls;

use super::pipes::Pipes;
