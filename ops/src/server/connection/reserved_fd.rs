//! A reserved file descriptor for accepting connections under file-descriptor exhaustion (`EMFILE`).

use std::fs::File;

/// A file that can be opened without side effects.
const NULL_DEVICE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// A file descriptor that is released when the process has no free one, and reserved again later.
#[derive(Debug)]
pub(super) struct ReservedFd(Option<File>);

impl ReservedFd {
    /// Reserves a descriptor, if one is free.
    pub(super) fn new() -> ReservedFd {
        ReservedFd(File::open(NULL_DEVICE).ok())
    }

    /// Releases the descriptor. Returns `true` if one was reserved.
    pub(super) fn release(&mut self) -> bool {
        self.0.take().is_some()
    }

    /// Reserves a descriptor unless one is reserved already. Returns `true` if one is reserved now.
    pub(super) fn reserve(&mut self) -> bool {
        if self.0.is_none() {
            *self = ReservedFd::new();
        }
        self.0.is_some()
    }
}
