//! A byte buffer optimized for appending short pieces, which are copied without a call to `memcpy`.

use std::ops::Range;

/// A growable byte buffer.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// The content (the first `len` bytes), followed by initialized spare capacity.
    bytes: Vec<u8>,
    len: usize,
}

impl Buffer {
    /// Creates an empty buffer with a capacity of `capacity` bytes.
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Buffer { bytes: vec![0; capacity], len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns the number of bytes that the buffer can hold without reallocating.
    pub(super) fn capacity(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Removes all bytes and keeps the capacity.
    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    /// Replaces a buffer of more than `capacity` bytes with an empty one of `capacity` bytes.
    pub(super) fn shrink_to(&mut self, capacity: usize) {
        if self.capacity() > capacity {
            *self = Buffer::with_capacity(capacity);
        }
    }

    #[inline(always)]
    pub(super) fn push(&mut self, byte: u8) {
        self.push_all([byte]);
    }

    #[inline(always)]
    pub(super) fn push_all<const N: usize>(&mut self, bytes: [u8; N]) {
        self.push_first(N, bytes);
    }

    /// Appends the first `count` of `bytes`; `count` is at most `N`.
    #[inline(always)]
    pub(super) fn push_first<const N: usize>(&mut self, count: usize, bytes: [u8; N]) {
        self.push_with(|to| {
            *to = bytes;
            count
        });
    }

    /// Calls `write` with the next `N` bytes and appends as many of them as it returns.
    #[inline(always)]
    pub(super) fn push_with<const N: usize>(&mut self, write: impl FnOnce(&mut [u8; N]) -> usize) {
        match self.bytes.get_mut(self.len..).and_then(<[u8]>::first_chunk_mut) {
            Some(to) => self.len += write(to),
            None => {
                let mut bytes = [0; N];
                let count = write(&mut bytes);
                self.grow(&bytes);
                self.len += count;
            }
        }
    }

    #[inline(always)]
    pub(super) fn extend_from_slice(&mut self, bytes: &[u8]) {
        match self.bytes.get_mut(self.len..).and_then(|to| to.get_mut(..bytes.len())) {
            Some(to) => copy(to, bytes),
            None => self.grow(bytes),
        }
        self.len += bytes.len();
    }

    /// Appends a copy of the bytes in `range`.
    #[inline]
    pub(super) fn extend_from_within(&mut self, range: Range<usize>) {
        let Some((before, to)) = self.bytes.split_at_mut_checked(self.len) else { return };
        let Some(from) = before.get(range) else { return };
        match to.get_mut(..from.len()) {
            Some(to) => {
                copy(to, from);
                self.len += from.len();
            }
            None => {
                let copied = from.to_vec();
                self.extend_from_slice(&copied);
            }
        }
    }

    /// Reallocates and writes `bytes` at the end, without changing `len`.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, bytes: &[u8]) {
        let capacity = (self.len + bytes.len()).max(2 * self.bytes.len());
        self.bytes.truncate(self.len);
        self.bytes.extend_from_slice(bytes);
        self.bytes.resize(capacity, 0);
    }
}

/// Copies `from` to `to`, which must have equal lengths.
///
/// Up to 64 bytes are copied as two words of a fixed size, which may overlap.
#[inline(always)]
pub(super) fn copy(to: &mut [u8], from: &[u8]) {
    #[inline(always)]
    fn both_ends<const N: usize>(to: &mut [u8], from: &[u8]) {
        if let (Some(to), Some(from)) = (to.first_chunk_mut::<N>(), from.first_chunk::<N>()) {
            *to = *from;
        }
        if let (Some(to), Some(from)) = (to.last_chunk_mut::<N>(), from.last_chunk::<N>()) {
            *to = *from;
        }
    }
    match from.len() {
        65.. => to.copy_from_slice(from),
        33.. => both_ends::<32>(to, from),
        16.. => both_ends::<16>(to, from),
        8.. => both_ends::<8>(to, from),
        4.. => both_ends::<4>(to, from),
        2.. => both_ends::<2>(to, from),
        _ => both_ends::<1>(to, from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appends_pieces_of_every_length() {
        let (mut buffer, mut expected) = (Buffer::default(), Vec::new());
        let text: Vec<u8> = (0..200).collect();
        for len in 0..text.len() {
            buffer.extend_from_slice(&text[..len]);
            expected.extend_from_slice(&text[..len]);
            buffer.push(b'\n');
            expected.push(b'\n');
            buffer.extend_from_within(len / 2..len);
            expected.extend_from_within(len / 2..len);
            buffer.push_first(len % 9, *b"01234567");
            expected.extend_from_slice(&b"01234567"[..len % 9]);
        }
        assert_eq!(buffer.as_slice(), expected);
        buffer.clear();
        buffer.push(7);
        assert_eq!((buffer.as_slice(), buffer.len()), (&[7][..], 1));
    }

    #[test]
    fn shrink_to_releases_memory() {
        let mut buffer = Buffer::with_capacity(8);
        buffer.extend_from_slice(&[1; 100]);
        assert!(buffer.capacity() >= 100);
        buffer.clear();
        buffer.shrink_to(16);
        assert_eq!((buffer.capacity(), buffer.len()), (16, 0));
    }
}
