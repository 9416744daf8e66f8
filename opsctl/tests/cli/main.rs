//! Tests of the `opsctl` executable.

mod commands;
mod connections;
mod mutations;
#[cfg(unix)]
mod output;
mod raw_server;
#[cfg(target_os = "linux")]
mod terminal;
mod urls;
