//! Progress display on standard error.

use std::io::{self, IsTerminal, Write};

/// A status line that names the current measurement.
pub(crate) struct Progress {
    /// `true` if standard error is a terminal, so that the line can be overwritten.
    terminal: bool,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Progress { terminal: io::stderr().is_terminal() }
    }

    pub(crate) fn show(&self, row: &str, status: &str) {
        let mut to = io::stderr().lock();
        // Progress is optional: errors of standard error are ignored.
        let _ = if self.terminal { write!(to, "\r\x1b[K{row}: {status}") } else { writeln!(to, "{row}: {status}") };
        let _ = to.flush();
    }

    pub(crate) fn end(&self) {
        if self.terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
