//! What a program writes to `tracing`, kept, and an audit log that nobody keeps.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A writer that keeps what is written; clones keep it together.
#[derive(Clone, Debug, Default)]
pub struct Written(Arc<(Mutex<Vec<u8>>, Condvar)>);

impl Written {
    /// What was written so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// What was written once it has `lines` lines: `ops` logs on a thread of its own.
    ///
    /// # Panics
    /// If it has fewer after half a minute.
    pub fn text_of(&self, lines: usize) -> String {
        let count = |bytes: &mut Vec<u8>| bytes.iter().filter(|byte| **byte == b'\n').count();
        let (written, changed) = &*self.0;
        let written = written.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = changed.wait_timeout_while(written, Duration::from_secs(30), |bytes| count(bytes) < lines);
        let (bytes, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!waited.timed_out(), "{lines} lines in {text}");
        text
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (written, changed) = &*self.0;
        written.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        changed.notify_all();
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
