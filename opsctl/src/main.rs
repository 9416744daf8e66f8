//! Command-line tool for operators of services that use `ops`.
//!
//! Secrets are read from a prompt, a file, the environment or a URL. Other users of the machine can see arguments, so prefer the
//! first three.

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

/// Command-line tool for operators of services that `ops` serves.
#[derive(Parser)]
#[command(name = "opsctl", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Hash a password for a policy file.
    ///
    /// The password is read from the terminal without echo, or from the first line of standard input.
    HashPassword(hash_password::Options),
    /// Generate a token, and print it with its lines for the policy file.
    ///
    /// The token is not stored: it cannot be printed again.
    Token(token::Options),
    /// Work with policy files.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Request a probe: exits with 0 if the response is 200, and with 1 otherwise.
    ///
    /// For health checks of containers. The certificate of an `https://` URL is always verified. User information in the URL is sent as
    /// Basic credentials.
    Probe(get::ProbeOptions),
    /// Print the response of a URL as it arrives.
    ///
    /// Credentials come from the first line of a file (`--credentials-file`: a token, or `user:password`), else from the user information of
    /// the URL, else from OPS_TOKEN, or from OPS_USER and OPS_PASSWORD. With an `https://` URL they may also be a certificate (`--cert`).
    Get(get::GetOptions),
    /// Switch the readiness of a service off while it continues to serve.
    ///
    /// Credentials are given as for `opsctl get`.
    Drain(mutation::ServiceOptions),
    /// End the drain of a service, so that readiness follows its checks again.
    ///
    /// Credentials are given as for `opsctl get`.
    Undrain(mutation::ServiceOptions),
    /// Override the status of a check for a limited time, or clear the override (`--clear`).
    ///
    /// Credentials are given as for `opsctl get`.
    Override(mutation::OverrideOptions),
    /// Work with audit logs.
    #[command(subcommand)]
    Audit(AuditCommand),
}

#[derive(Subcommand)]
enum PolicyCommand {
    /// Validate a policy file; an error names its line.
    Check {
        /// The policy file.
        file: PathBuf,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Verify the hash chain of an audit log; an error names the first invalid line.
    Verify {
        /// Files of the audit log, oldest first, such as `audit.log.2 audit.log.1 audit.log`.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

fn main() -> ExitCode {
    match CommandLine::try_parse() {
        Ok(command_line) => exit_code(run(command_line.command)),
        Err(error) if error.use_stderr() => {
            // A failed write to standard error cannot be reported.
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
