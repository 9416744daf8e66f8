//! `opsctl hash-password`: the hash of a password, for a policy file.

use super::line::read_line;
use super::terminal::prompt_password;
use clap::Args;
use ops::error::ErrorChain;
use ops::rbac::{Cost, MAX_PASSWORD, hash_password};
use std::io::{self, IsTerminal};
use zeroize::Zeroizing;

#[derive(Args)]
pub(super) struct Options {
    /// Memory of one verification, in KiB: 7168 to 262144.
    #[arg(long, default_value_t = 19_456)]
    memory_kib: u32,
    /// Number of passes over the memory: 1 to 10.
    #[arg(long, default_value_t = 2)]
    passes: u32,
    /// Number of lanes: 1 to 4. All passwords of a policy must have the same parameters.
    #[arg(long, default_value_t = 1)]
    lanes: u32,
}

pub(super) fn run(options: &Options) -> Result<String, String> {
    let cost =
        Cost::new(options.memory_kib, options.passes, options.lanes).map_err(|error| ErrorChain(&error).to_string())?;
    let password = read().map_err(|error| format!("cannot read the password: {}", ErrorChain(&error)))?;
    let hash = hash_password(&password, cost).map_err(|error| ErrorChain(&error).to_string())?;
    Ok(format!("{hash}\n"))
}

/// Reads a password twice from the terminal without echo, or once from other standard input.
fn read() -> io::Result<Zeroizing<String>> {
    if !io::stdin().is_terminal() {
        // Room for an overlong password, so that it is rejected for its length, and for a line end.
        return match read_line(io::stdin().lock(), MAX_PASSWORD + 3) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Zeroizing::default()),
            line => line,
        };
    }
    let first = prompt_password("Password: ")?;
    let second = prompt_password("Again: ")?;
    if first == second {
        Ok(first)
    } else {
        Err(io::Error::other("the passwords do not match; enter the same one twice"))
    }
}
