//! `opsctl`: what an operator does beside a running service.
//!
//! Everything that is a secret is read from a prompt, a file or the environment, never from an argument: arguments can be
//! read by everyone on the machine.

mod audit;
mod connection;
mod hash_password;
mod outcome;
mod policy;
mod request;
mod stream;
mod tls;
mod token;

use clap::{Parser, Subcommand};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Passwords, tokens, policy files, probes and audit logs of services that are served by `ops`.
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
    Probe(request::ProbeOptions),
    /// Print what a URL answers.
    ///
    /// Credentials are a token in OPS_TOKEN, or a user in OPS_USER and a password in OPS_PASSWORD, or the first line of a file: a
    /// token, or a user, a colon and a password. With an `https://` URL they may also be a certificate (`--cert`).
    Get(request::GetOptions),
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
    let outcome = match CommandLine::parse().command {
        Command::HashPassword(options) => hash_password::run(&options),
        Command::Token(options) => token::run(&options),
        Command::Policy(PolicyCommand::Check { file }) => policy::check(&file),
        Command::Probe(options) => request::probe(&options),
        Command::Get(options) => request::get(&options),
        Command::Audit(AuditCommand::Verify { files }) => audit::verify(&files),
    };
    let (written, code) = match outcome {
        Ok(text) => (io::stdout().write_all(text.as_bytes()), ExitCode::SUCCESS),
        Err(error) => (writeln!(io::stderr(), "opsctl: {error}"), ExitCode::FAILURE),
    };
    if written.is_ok() { code } else { ExitCode::FAILURE }
}
