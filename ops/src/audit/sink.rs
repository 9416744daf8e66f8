//! Sinks: where the lines of the log go.

use ops_core::unwind::IgnorePoison;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// Takes the lines of the audit log, one at a time and in order, on a thread of its own.
///
/// A mutation is refused unless its line was taken, so a sink that blocks or fails keeps anything from being changed.
pub trait Sink: Send + 'static {
    /// Takes a line, which ends in a newline. It is safe when this returns.
    ///
    /// # Errors
    /// If the line is not safe; it is then as if it had never been written.
    fn write(&mut self, line: &str) -> io::Result<()>;
}

impl<T: Sink + ?Sized> Sink for Box<T> {
    fn write(&mut self, line: &str) -> io::Result<()> {
        (**self).write(line)
    }
}

/// A sink that others may use too, such as a test that reads what was written.
impl<T: Sink + ?Sized> Sink for Arc<Mutex<T>> {
    fn write(&mut self, line: &str) -> io::Result<()> {
        self.lock().ignore_poison().write(line)
    }
}

/// The standard error of the process.
#[derive(Debug)]
pub(crate) struct Stderr;

impl Sink for Stderr {
    fn write(&mut self, line: &str) -> io::Result<()> {
        io::stderr().write_all(line.as_bytes())
    }
}
