//! The outcome of a command, and how it is told.

use ops::error::ErrorChain;
use std::io::{self, Write};
use std::process::ExitCode;

/// The result of a command.
pub(super) type Outcome = Result<(), Failure>;

/// Reasons a command ends before it is done.
#[derive(Debug)]
pub(super) enum Failure {
    /// An error, in one line.
    Message(String),
    /// Nobody reads the output any more, as after `| head -1`: no error of this program.
    ClosedPipe,
}

impl From<String> for Failure {
    fn from(message: String) -> Failure {
        Failure::Message(message)
    }
}

/// Writes `bytes` to standard output now.
pub(super) fn print(bytes: &[u8]) -> Outcome {
    let mut output = io::stdout().lock();
    // Flushed here: an error at the end of the process is lost.
    output.write_all(bytes).and_then(|()| output.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
        _ => Failure::Message(format!("standard output cannot be written: {}", ErrorChain(&error))),
    })
}

/// Tells of an error, and returns the exit code.
pub(super) fn exit_code(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) | Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Err(Failure::Message(message)) => {
            // There is nowhere left to tell of it.
            let _ = writeln!(io::stderr(), "opsctl: {message}");
            ExitCode::FAILURE
        }
    }
}
