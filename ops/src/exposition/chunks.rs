//! Bytes that are gathered and written in chunks: memory stays flat however many series there are.

use std::io;

/// The most that is written at once, in bytes.
pub(super) const CHUNK: usize = 64 * 1024;

/// A writer with a buffer of one chunk.
pub(super) struct Chunks<'a, W: ?Sized> {
    buffer: Vec<u8>,
    to: &'a mut W,
    written: io::Result<()>,
}

impl<'a, W: io::Write + ?Sized> Chunks<'a, W> {
    pub(super) fn new(to: &'a mut W) -> Self {
        Chunks { buffer: Vec::with_capacity(CHUNK), to, written: Ok(()) }
    }

    /// Where the next `bytes`, about, go; none once writing has failed. What is more makes the buffer grow.
    #[inline]
    pub(super) fn room(&mut self, bytes: usize) -> Option<&mut Vec<u8>> {
        if self.buffer.len() + bytes > CHUNK {
            self.flush(bytes);
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
        self.flush(0);
        self.written
    }

    #[cold]
    fn flush(&mut self, bytes: usize) {
        for chunk in self.buffer.chunks(CHUNK) {
            if self.written.is_ok() {
                self.written = self.to.write_all(chunk);
            }
        }
        self.buffer.clear();
        self.buffer.shrink_to(CHUNK);
        self.buffer.reserve(bytes);
    }
}
