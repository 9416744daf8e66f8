//! Graceful shutdown of the server, and of the whole program on SIGTERM or SIGINT.

mod coordinator;
mod os_signals;
mod shutdown_signal;
mod termination;

pub use shutdown_signal::ShutdownSignal;
pub use termination::Termination;

pub(super) use coordinator::{Coordination, Interruption, ShutdownCoordinator};
pub(super) use os_signals::{exit, exit_after};
pub(super) use shutdown_signal::{Shutdown, shutdown_channel};
