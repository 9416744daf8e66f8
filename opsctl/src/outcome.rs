//! Results of commands, output and exit codes.

use ops::error::ErrorChain;
use std::io::{self, Write};
use std::process::ExitCode;

/// The result of a command.
pub(super) type Outcome = Result<(), Failure>;

/// Reasons a command ends early.
#[derive(Debug)]
pub(super) enum Failure {
    /// An error, as one line.
    Message(String),
    /// The reader has closed the pipe, as `| head -1` does. Not an error.
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
    // The flush at process exit ignores errors.
    output.write_all(bytes).and_then(|()| output.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
        _ => Failure::Message(format!("cannot write to standard output: {}", ErrorChain(&error))),
    })
}

/// Prints the error, if any, and returns the exit code.
pub(super) fn exit_code(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) | Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Err(Failure::Message(message)) => {
            // A failed write to standard error cannot be reported.
            let _ = writeln!(io::stderr(), "opsctl: {message}");
            ExitCode::FAILURE
        }
    }
}
