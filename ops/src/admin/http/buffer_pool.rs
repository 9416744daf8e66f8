//! A pool of buffers that parts of bodies are gathered in. The allocator returns freed buffers of this size to the system, and
//! faulting their pages in again costs more than filling them.

use axum::body::Bytes;
use ops_core::unwind::IgnorePoison;
use std::sync::{Arc, Mutex, MutexGuard};

/// The most that one holds, in bytes.
pub(crate) const LENGTH: usize = 64 * 1024;
/// So many are kept while nobody uses them: 1 MiB.
const KEPT: usize = 16;

/// A pool of buffers for parts of bodies.
#[derive(Debug, Default)]
pub(crate) struct BufferPool(Mutex<Vec<Vec<u8>>>);

/// An empty buffer to gather bytes in, which goes back when what it became is dropped.
#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    pool: Arc<BufferPool>,
}

impl BufferPool {
    pub(crate) fn take(self: &Arc<Self>) -> Buffer {
        let kept = self.kept().pop();
        Buffer { bytes: kept.unwrap_or_else(|| Vec::with_capacity(LENGTH)), pool: self.clone() }
    }

    /// No method leaves it half changed.
    fn kept(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().ignore_poison()
    }
}

impl Buffer {
    /// Takes as many of `bytes` as there is room for, and says how many.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> usize {
        let taken = &bytes[..bytes.len().min(LENGTH - self.bytes.len())];
        self.bytes.extend_from_slice(taken);
        taken.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() == LENGTH
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        let mut kept = self.pool.kept();
        if kept.len() < KEPT {
            kept.push(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_takes_what_it_has_room_for() {
        let mut buffer = Arc::<BufferPool>::default().take();
        assert_eq!((buffer.push(&[1; LENGTH - 1]), buffer.is_full()), (LENGTH - 1, false));
        assert_eq!((buffer.push(&[2, 3]), buffer.is_full()), (1, true));
        assert_eq!(buffer.push(&[4]), 0);
        assert_eq!(buffer.into_bytes(), [vec![1; LENGTH - 1], vec![2]].concat());
    }

    #[test]
    fn memory_is_used_again_empty_when_the_last_of_its_bytes_is_gone() {
        let buffers = Arc::<BufferPool>::default();
        let mut buffer = buffers.take();
        buffer.push(b"secret");
        let bytes = buffer.into_bytes();
        let (memory, part) = (bytes.as_ptr(), bytes.slice(2..));
        drop(bytes);
        assert_eq!((buffers.kept().len(), &part[..]), (0, &b"cret"[..]));
        drop(part);
        let again = buffers.take();
        assert_eq!((again.bytes.as_ptr(), again.as_ref()), (memory, &b""[..]));
    }

    #[test]
    fn only_so_many_are_kept() {
        let buffers = Arc::<BufferPool>::default();
        let many: Vec<_> = (0..KEPT + 4).map(|_| buffers.take()).collect();
        drop(many);
        assert_eq!(buffers.kept().len(), KEPT);
    }
}
