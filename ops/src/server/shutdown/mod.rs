//! Graceful shutdown: of the server, and of the program once a signal asks for it.

mod coordinator;
mod os_signals;
mod phases;
mod shutdown_signal;
mod termination;

pub use termination::Termination;

pub(super) use coordinator::ShutdownCoordinator;
pub(super) use phases::{Phase, Phases};
pub(super) use shutdown_signal::{Shutdown, ShutdownSignal, shutdown_channel};
