//! The command `opsctl` as an operator runs it.

mod commands;
mod connections;
