//! A reserved file descriptor, so that the probes of a process that leaks descriptors are answered even under `EMFILE`.

use std::fs::File;

/// A file that can be opened without any effect.
const NULL_DEVICE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// A file descriptor that can be released when the process has no other, and reserved again later.
#[derive(Debug)]
pub(super) struct ReservedFd(Option<File>);

impl ReservedFd {
    /// Reserves a descriptor, if there is one.
    pub(super) fn new() -> ReservedFd {
        ReservedFd(File::open(NULL_DEVICE).ok())
    }

    /// Releases the descriptor. Returns `true` if there was one.
    pub(super) fn release(&mut self) -> bool {
        self.0.take().is_some()
    }

    /// Reserves a descriptor if there is none. Returns `true` if there is one now.
    pub(super) fn reserve(&mut self) -> bool {
        if self.0.is_none() {
            *self = ReservedFd::new();
        }
        self.0.is_some()
    }
}
