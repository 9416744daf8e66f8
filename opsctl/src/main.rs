//! `opsctl`: what an operator does beside a running service.
//!
//! Everything that is a secret is read from a prompt, a file or the environment, never from an argument: arguments can be
//! read by everyone on the machine.

mod audit;
mod connection;
mod credentials;
mod exchange;
mod get;
mod hash_password;
mod line;
mod mutation;
mod outcome;
mod policy;
mod request_first;
mod stream;
mod terminal;
mod tls;
mod token;

use clap::{Parser, Subcommand};
use outcome::{Outcome, exit_code, print};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Passwords, tokens, policy files, probes, mutations and audit logs of services that are served by `ops`.
#[derive(Parser)]
#[command(name = "opsctl", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Read a password from the terminal, or a line of standard input, and print its hash for a policy file.
    HashPassword(hash_password::Options),
    /// Make a token and print it, this once, with the lines for the policy file.
    Token(token::Options),
    /// Policy files.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Ask a probe: ends with 0 if it answers 200, with 1 if it does not. For a container's health check.
    ///
    /// Over TLS with an `https://` URL: the certificate of the service is always looked at. With `--unix-socket` over a Unix socket.
    /// User information in the URL is sent as Basic credentials.
    Probe(get::ProbeOptions),
    /// Print what a URL answers, as it arrives.
    ///
    /// Credentials are the first line of a file (`--credentials-file`: a token, or a user, a colon and a password), else the user
    /// information of the URL, else a token in OPS_TOKEN, or a user in OPS_USER and a password in OPS_PASSWORD. With an `https://`
    /// URL they may also be a certificate (`--cert`).
    Get(get::GetOptions),
    /// Turn the readiness of a service off, while it goes on serving.
    ///
    /// Credentials are those of `opsctl get`.
    Drain(mutation::ServiceOptions),
    /// Let the readiness of a service be what its checks say again.
    ///
    /// Credentials are those of `opsctl get`.
    Undrain(mutation::ServiceOptions),
    /// Force a status upon a check for a while, or take that back (`--clear`).
    ///
    /// Credentials are those of `opsctl get`.
    Override(mutation::OverrideOptions),
    /// Audit logs.
    #[command(subcommand)]
    Audit(AuditCommand),
}

#[derive(Subcommand)]
enum PolicyCommand {
    /// Say whether a policy file can be used, and if not, in which line it is wrong.
    Check {
        /// The policy file.
        file: PathBuf,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Say whether an audit log is as it was written, and if not, which line is the first that is wrong.
    Verify {
        /// The audit log. Where it was rotated: its files, the oldest first, as `audit.log.2 audit.log.1 audit.log`.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

fn main() -> ExitCode {
    match CommandLine::try_parse() {
        Ok(command_line) => exit_code(run(command_line.command)),
        Err(error) if error.use_stderr() => {
            // There is nowhere left to tell of it.
            let _ = write!(io::stderr(), "{}", error.render());
            ExitCode::from(2)
        }
        Err(help) => exit_code(print(help.render().to_string().as_bytes())),
    }
}

fn run(command: Command) -> Outcome {
    let text = match command {
        Command::HashPassword(options) => hash_password::run(&options)?,
        Command::Token(options) => token::run(&options)?,
        Command::Policy(PolicyCommand::Check { file }) => policy::check(&file)?,
        Command::Audit(AuditCommand::Verify { files }) => audit::verify(&files)?,
        Command::Probe(options) => return get::probe(&options),
        Command::Get(options) => return get::get(&options),
        Command::Drain(options) => return mutation::drain(&options),
        Command::Undrain(options) => return mutation::undrain(&options),
        Command::Override(options) => return mutation::set_or_clear_override(&options),
    };
    print(text.as_bytes())
}
