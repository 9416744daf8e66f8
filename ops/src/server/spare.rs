//! A file descriptor that is kept for when there is no other: the probes of a process that leaks them are answered all the same.

use std::fs::File;

/// What opens, and may be read, without any effect.
const NOTHING: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// A descriptor that can be given away; it is taken anew when one is free again.
#[derive(Debug)]
pub(super) struct Spare(Option<File>);

impl Spare {
    pub(super) fn new() -> Spare {
        Spare(File::open(NOTHING).ok())
    }

    /// Gives it away, if it is there: whoever opens something next has it.
    pub(super) fn give(&mut self) -> bool {
        self.0.take().is_some()
    }

    /// Takes one if it was given away; whether it is there.
    pub(super) fn renew(&mut self) -> bool {
        if self.0.is_none() {
            *self = Spare::new();
        }
        self.0.is_some()
    }
}
