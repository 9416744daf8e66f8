//! Append-only storage of the cells, hashes, keys and labels of the series of a table.

use super::labeled::{Entry, SeriesCells};
use crate::metric::cells::{Bytes, CellRef, PAGES};
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;

/// The series of one table, addressed by their position in the arena.
pub(super) struct Entries(Bytes);

/// The encoded entry of one series.
pub(super) struct RawEntry<'a> {
    head: &'a [u8; HEAD],
    pub(super) hash: u32,
    /// Length of the key in bytes.
    key: usize,
    /// Length of the labels in bytes.
    labels: usize,
    /// The key and the labels, followed by unrelated bytes.
    rest: &'a [u8],
}

impl<'a> RawEntry<'a> {
    #[inline(always)]
    pub(super) fn cells(&self) -> CellRef {
        let [c0, c1, c2, c3, c4, c5, c6, c7, ..] = *self.head;
        CellRef::from_bits(u64::from_le_bytes([c0, c1, c2, c3, c4, c5, c6, c7]))
    }

    #[inline(always)]
    fn start_ticks(&self) -> u32 {
        let [.., b0, b1, b2, b3] = *self.head;
        u32::from_le_bytes([b0, b1, b2, b3])
    }

    #[inline(always)]
    pub(super) fn key(&self) -> Option<&'a [u8]> {
        self.rest.get(..self.key)
    }

    #[inline(always)]
    pub(super) fn labels(&self) -> Option<&'a [u8]> {
        self.rest.get(self.key..self.key + self.labels)
    }
}

/// Size of the entry head: cells, hash, key length, labels length and start time (little-endian).
const HEAD: usize = 20;

impl Entries {
    pub(super) fn new() -> Self {
        Entries(Bytes::new([const { AtomicU32::new(0) }; PAGES], Mutex::new(0)))
    }

    /// Returns `true` if the key and the labels can be stored: each must be shorter than 64 KiB.
    pub(super) fn fits(key: &[u8], labels: &str) -> bool {
        key.len().max(labels.len()) <= u16::MAX.into()
    }

    /// Appends a series. Returns its position.
    ///
    /// Returns `None` if the series does not [fit](Self::fits) or the arena is full.
    pub(super) fn append(&self, series: SeriesCells, hash: u32, key: &[u8], labels: &str) -> Option<u32> {
        let [k0, k1] = u16::try_from(key.len()).ok()?.to_le_bytes();
        let [l0, l1] = u16::try_from(labels.len()).ok()?.to_le_bytes();
        let SeriesCells { cells, start_ticks } = series;
        let cells = cells.to_bits().to_le_bytes();
        let head = [hash.to_le_bytes(), [k0, k1, l0, l1], start_ticks.to_le_bytes()];
        self.0.append(&[&cells, head.as_flattened(), key, labels.as_bytes()])
    }

    /// Appends a copy of an entry of another table.
    pub(super) fn append_raw(&self, raw: &RawEntry<'_>) -> Option<u32> {
        self.0.append(&[raw.head, raw.key()?, raw.labels()?])
    }

    /// Returns the encoded entry at `position`.
    #[inline(always)]
    pub(super) fn raw(&self, position: u32) -> Option<RawEntry<'_>> {
        let (head, rest) = self.0.read_from(position)?.split_first_chunk::<HEAD>()?;
        let [_, _, _, _, _, _, _, _, h0, h1, h2, h3, k0, k1, l0, l1, ..] = *head;
        let hash = u32::from_le_bytes([h0, h1, h2, h3]);
        let [key, labels] = [[k0, k1], [l0, l1]].map(|len| u16::from_le_bytes(len).into());
        Some(RawEntry { head, hash, key, labels, rest })
    }

    /// Returns the series at `position`.
    ///
    /// # Safety
    /// [`append`](Self::append) or [`append_raw`](Self::append_raw) of these entries must have returned `position`.
    #[inline]
    #[expect(unsafe_code, reason = "avoids UTF-8 validation of all labels at each scrape")]
    pub(super) unsafe fn entry(&self, position: u32) -> Option<Entry<'_>> {
        let raw = self.raw(position)?;
        // SAFETY: an entry starts at `position`, and entries are immutable, so these are exactly the bytes of the `&str` that was
        // appended as its labels.
        let labels = unsafe { std::str::from_utf8_unchecked(raw.labels()?) };
        Some(Entry { labels, value: SeriesCells { cells: raw.cells(), start_ticks: raw.start_ticks() } })
    }
}
