//! `opsctl`, run as an operator does.

mod commands;
mod connections;
mod mutations;
#[cfg(unix)]
mod output;
mod raw_server;
#[cfg(target_os = "linux")]
mod terminal;
mod urls;
