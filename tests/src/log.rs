//! What a program writes to `tracing`, kept, and an audit log that nobody keeps.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// A writer that keeps what is written; clones keep it together.
#[derive(Clone, Debug, Default)]
pub struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    /// What was written so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes the audit log of a test that is about something else, which would otherwise be among the output of the tests.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl ops::audit::Sink for Silent {
    fn write(&mut self, _line: &str) -> io::Result<()> {
        Ok(())
    }
}
