//! The server over real sockets: addresses, graceful shutdown, connection limits, concurrent scrapes.

mod address;
mod lifecycle;
mod scrapes;
mod second_server;
#[cfg(unix)]
mod shutdown;
