//! The server as a process meets it: addresses, graceful shutdown, connection limits and concurrent scrapes.

mod address;
mod lifecycle;
mod scrapes;
mod second_server;
#[cfg(unix)]
mod shutdown;
