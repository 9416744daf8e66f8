//! Results of commands, output and exit codes.

use ops::error::ErrorChain;
use std::io::{self, Write};
use std::process::ExitCode;

/// Result of a command.
pub(super) type Outcome = Result<(), Failure>;

/// Reasons a command ends early.
#[derive(Debug)]
pub(super) enum Failure {
    /// An error, as one line.
    Message(String),
    /// The reader has closed the pipe, as `| head -1` does; not an error.
    ClosedPipe,
}

impl From<String> for Failure {
    fn from(message: String) -> Failure {
        Failure::Message(message)
    }
}

/// Writes `bytes` to standard output and flushes it.
pub(super) fn print(bytes: &[u8]) -> Outcome {
    let mut output = io::stdout().lock();
    // A flush when the process ends would ignore errors.
    output.write_all(bytes).and_then(|()| output.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
        _ => Failure::Message(format!("cannot write to standard output: {}", ErrorChain(&error))),
    })
}

/// Prints an error, and returns the exit code.
pub(super) fn exit_code(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) | Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Err(Failure::Message(message)) => {
            // An error of standard error cannot be reported.
            let _ = writeln!(io::stderr(), "opsctl: {message}");
            ExitCode::FAILURE
        }
    }
}
