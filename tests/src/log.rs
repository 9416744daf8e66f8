//! An in-memory log writer for assertions, and an audit sink that discards everything.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A writer that collects log output in memory. Clones share one buffer.
#[derive(Clone, Debug, Default)]
pub struct LogBuffer(Arc<(Mutex<Vec<u8>>, Condvar)>);

impl LogBuffer {
    /// Returns the output so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// Waits for `lines` lines and returns the output. `ops` logs on a separate thread.
    ///
    /// # Panics
    /// Panics if there are fewer lines after 30 s.
    pub fn wait_for_lines(&self, lines: usize) -> String {
        let count = |bytes: &mut Vec<u8>| bytes.iter().filter(|byte| **byte == b'\n').count();
        let (written, changed) = &*self.0;
        let written = written.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = changed.wait_timeout_while(written, Duration::from_secs(30), |bytes| count(bytes) < lines);
        let (bytes, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!waited.timed_out(), "fewer than {lines} lines in {text}");
        text
    }
}

impl io::Write for LogBuffer {
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

/// Discards audit records, which would otherwise clutter the output of unrelated tests.
#[derive(Clone, Copy, Debug)]
pub struct NullSink;

impl ops::audit::Sink for NullSink {
    fn write(&mut self, _line: &str) -> io::Result<()> {
        Ok(())
    }
}
