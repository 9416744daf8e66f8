//! What the program is doing, for whoever waits.

use std::io::{self, IsTerminal, Write};

/// The line that says what is being measured, on standard error.
pub(crate) struct Progress {
    /// Whether the line can be written over.
    terminal: bool,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Progress { terminal: io::stderr().is_terminal() }
    }

    pub(crate) fn show(&self, row: &str, what: &str) {
        let mut to = io::stderr().lock();
        // Nobody is harmed if it cannot be shown.
        let _ = if self.terminal { write!(to, "\r\x1b[K{row}: {what}") } else { writeln!(to, "{row}: {what}") };
        let _ = to.flush();
    }

    pub(crate) fn end(&self) {
        if self.terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
