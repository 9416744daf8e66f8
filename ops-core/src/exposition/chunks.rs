//! A buffered writer with bounded memory, independent of the number of series.

use super::buffer::Buffer;
use std::io;

/// Maximum size of a write, in bytes; small enough to stay in the L1 cache.
pub(super) const CHUNK: usize = 8 * 1024;

/// A writer that buffers one chunk, and stops at the first error.
pub(super) struct Chunks<'a> {
    buffer: Buffer,
    to: &'a mut dyn io::Write,
    written: io::Result<()>,
}

impl<'a> Chunks<'a> {
    pub(super) fn new(to: &'a mut dyn io::Write) -> Self {
        Chunks { buffer: Buffer::with_capacity(CHUNK), to, written: Ok(()) }
    }

    /// Returns the buffer with room for `bytes`, flushing it if necessary; `None` once writing has failed.
    ///
    /// `bytes` is an estimate: the buffer grows if more are appended.
    #[inline]
    pub(super) fn room(&mut self, bytes: usize) -> Option<&mut Buffer> {
        if self.buffer.len() + bytes > CHUNK {
            self.flush();
        }
        self.written.is_ok().then_some(&mut self.buffer)
    }

    /// Writes `bytes` in chunks.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(CHUNK) {
            if let Some(to) = self.room(part.len()) {
                to.extend_from_slice(part);
            }
        }
    }

    /// Returns `true` if writing has not failed.
    pub(super) fn is_open(&self) -> bool {
        self.written.is_ok()
    }

    /// Flushes the buffer and returns the first error.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush();
        self.written
    }

    #[cold]
    fn flush(&mut self) {
        for chunk in self.buffer.as_slice().chunks(CHUNK) {
            if self.written.is_ok() {
                self.written = self.to.write_all(chunk);
            }
        }
        self.buffer.clear();
        self.buffer.shrink_to(CHUNK);
    }
}
