//! Destinations of the audit log.

use ops_core::unwind::IgnorePoison;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// A destination of the audit log.
///
/// Receives the lines in order, on a dedicated thread, so it may block. A mutation runs only after its line was written: while
/// the sink blocks or fails, all mutations are refused.
pub trait Sink: Send + 'static {
    /// Writes a line, which ends with a newline.
    ///
    /// On return the line must have left the process, so that a crash of the process does not lose it.
    ///
    /// # Errors
    /// If the line was not written. The next line then continues the chain from the last written line.
    fn write(&mut self, line: &str) -> io::Result<()>;
}

impl<T: Sink + ?Sized> Sink for Box<T> {
    fn write(&mut self, line: &str) -> io::Result<()> {
        (**self).write(line)
    }
}

/// A shared sink, for example for a test that reads its lines.
impl<T: Sink + ?Sized> Sink for Arc<Mutex<T>> {
    fn write(&mut self, line: &str) -> io::Result<()> {
        self.lock().ignore_poison().write(line)
    }
}

/// The standard error stream of the process.
#[derive(Debug)]
pub(crate) struct Stderr;

impl Sink for Stderr {
    fn write(&mut self, line: &str) -> io::Result<()> {
        io::stderr().write_all(line.as_bytes())
    }
}
