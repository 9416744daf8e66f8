//! The hash of a password, for a policy file.

use super::outcome::Outcome;
use clap::Args;
use ops::error::ErrorChain;
use ops::rbac::{Cost, hash_password};
use std::io::{self, IsTerminal};
use zeroize::Zeroizing;

#[derive(Args)]
pub(super) struct Options {
    /// Memory that one check takes, in KiB: 7168 to 262144.
    #[arg(long, default_value_t = 19_456)]
    memory_kib: u32,
    /// Passes over the memory: 1 to 10.
    #[arg(long, default_value_t = 2)]
    passes: u32,
    /// Lanes: 1 to 4. All passwords of a policy cost the same.
    #[arg(long, default_value_t = 1)]
    lanes: u32,
}

pub(super) fn run(options: &Options) -> Outcome {
    let cost =
        Cost::new(options.memory_kib, options.passes, options.lanes).map_err(|error| ErrorChain(&error).to_string())?;
    let password = read().map_err(|error| format!("the password cannot be read: {}", ErrorChain(&error)))?;
    let hash = hash_password(&password, cost).map_err(|error| ErrorChain(&error).to_string())?;
    Ok(format!("{hash}\n"))
}

/// A password that is typed twice without being shown, or a line of what is not a terminal.
fn read() -> io::Result<Zeroizing<String>> {
    if !io::stdin().is_terminal() {
        let mut line = Zeroizing::new(String::new());
        io::stdin().read_line(&mut line)?;
        let password = line.trim_end_matches(['\r', '\n']);
        return Ok(Zeroizing::new(password.to_owned()));
    }
    let first = Zeroizing::new(rpassword::prompt_password("Password: ")?);
    let second = Zeroizing::new(rpassword::prompt_password("Again: ")?);
    if first == second { Ok(first) } else { Err(io::Error::other("the two are not the same")) }
}
