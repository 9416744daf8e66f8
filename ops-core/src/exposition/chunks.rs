//! Bytes that are gathered and written in chunks: memory stays flat however many series there are.

use super::buffer::Buffer;
use std::io;

/// The most that is written at once, in bytes: so little that a processor keeps it near until it is taken.
pub(super) const CHUNK: usize = 8 * 1024;

/// A writer with a buffer of one chunk.
pub(super) struct Chunks<'a> {
    buffer: Buffer,
    to: &'a mut dyn io::Write,
    written: io::Result<()>,
}

impl<'a> Chunks<'a> {
    pub(super) fn new(to: &'a mut dyn io::Write) -> Self {
        Chunks { buffer: Buffer::with_room(CHUNK), to, written: Ok(()) }
    }

    /// Where the next `bytes`, about, go; none once writing has failed. What is more makes the buffer grow.
    #[inline]
    pub(super) fn room(&mut self, bytes: usize) -> Option<&mut Buffer> {
        if self.buffer.len() + bytes > CHUNK {
            self.flush();
        }
        self.written.is_ok().then_some(&mut self.buffer)
    }

    /// Writes `bytes`, which are in memory already, a chunk at a time.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(CHUNK) {
            if let Some(to) = self.room(part.len()) {
                to.extend_from_slice(part);
            }
        }
    }

    /// Whether it is worth going on.
    pub(super) fn is_open(&self) -> bool {
        self.written.is_ok()
    }

    /// Writes all that is left.
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
