//! Pool of response body buffers.
//!
//! Without it, the allocator would return freed buffers of this size to the system, and page faults would cost more than
//! filling the buffers.

use axum::body::Bytes;
use ops_core::unwind::IgnorePoison;
use std::sync::{Arc, Mutex, MutexGuard};

/// Capacity of a buffer, in bytes.
pub(crate) const CAPACITY: usize = 64 * 1024;

/// Maximum number of idle buffers, 1 MiB in total.
const MAX_IDLE: usize = 16;

/// A pool of buffers for chunks of response bodies.
#[derive(Debug, Default)]
pub(crate) struct BufferPool(Mutex<Vec<Vec<u8>>>);

/// A buffer that returns to its pool when it, or the [`Bytes`] made of it, is dropped.
#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    pool: Arc<BufferPool>,
}

impl BufferPool {
    pub(crate) fn take(self: &Arc<Self>) -> Buffer {
        let idle = self.idle().pop();
        Buffer { bytes: idle.unwrap_or_else(|| Vec::with_capacity(CAPACITY)), pool: self.clone() }
    }

    /// Locks the pool. Poisoning is ignored, as no method leaves it in an inconsistent state.
    fn idle(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().ignore_poison()
    }
}

impl Buffer {
    /// Appends the bytes that fit and returns their number.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> usize {
        let taken = &bytes[..bytes.len().min(CAPACITY - self.bytes.len())];
        self.bytes.extend_from_slice(taken);
        taken.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() == CAPACITY
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
        let mut idle = self.pool.idle();
        if idle.len() < MAX_IDLE {
            idle.push(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_appends_up_to_the_capacity() {
        let mut buffer = Arc::<BufferPool>::default().take();
        assert_eq!((buffer.push(&[1; CAPACITY - 1]), buffer.is_full()), (CAPACITY - 1, false));
        assert_eq!((buffer.push(&[2, 3]), buffer.is_full()), (1, true));
        assert_eq!(buffer.push(&[4]), 0);
        assert_eq!(buffer.into_bytes(), [vec![1; CAPACITY - 1], vec![2]].concat());
    }

    #[test]
    fn buffer_is_cleared_and_reused_once_all_its_bytes_are_dropped() {
        let buffers = Arc::<BufferPool>::default();
        let mut buffer = buffers.take();
        buffer.push(b"secret");
        let bytes = buffer.into_bytes();
        let (memory, part) = (bytes.as_ptr(), bytes.slice(2..));
        drop(bytes);
        assert_eq!((buffers.idle().len(), &part[..]), (0, &b"cret"[..]));
        drop(part);
        let again = buffers.take();
        assert_eq!((again.bytes.as_ptr(), again.as_ref()), (memory, &b""[..]));
    }

    #[test]
    fn number_of_idle_buffers_is_bounded() {
        let buffers = Arc::<BufferPool>::default();
        let many: Vec<_> = (0..MAX_IDLE + 4).map(|_| buffers.take()).collect();
        drop(many);
        assert_eq!(buffers.idle().len(), MAX_IDLE);
    }
}
