//! Connections: the accept loop, the connection limiter, and the service of each connection.

mod accept_loop;
mod acceptor;
mod connection_limiter;
mod poll_on_wake;
mod read_timeout;
mod reserved_fd;
mod service;
mod write_timeout;

pub(super) use accept_loop::accept_connections;
#[cfg(any(test, fuzzing))]
pub(super) use connection_limiter::ConnectionLimiter;
pub(super) use service::ConnectionService;
