//! Series as a table keeps them: cells, hash, key and labels of one after those of the other, in pages that never move.

use super::labelled::{Entry, SeriesCells};
use crate::metric::cells::{Bytes, CellRef, PAGES};
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;

/// The series of one table, each known by where it begins.
pub(super) struct Entries(Bytes);

/// What is kept of one series.
pub(super) struct RawEntry<'a> {
    head: &'a [u8; HEAD],
    pub(super) hash: u32,
    key: usize,
    labels: usize,
    /// The key, the labels, and what follows them.
    rest: &'a [u8],
}

impl<'a> RawEntry<'a> {
    #[inline(always)]
    pub(super) fn cells(&self) -> CellRef {
        let [c0, c1, c2, c3, c4, c5, c6, c7, ..] = *self.head;
        CellRef::from_bits(u64::from_le_bytes([c0, c1, c2, c3, c4, c5, c6, c7]))
    }

    #[inline(always)]
    fn began(&self) -> u32 {
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

/// The cells, the hash, the lengths of the key and of the labels, and when the series began, the lower byte of each first.
const HEAD: usize = 20;

impl Entries {
    pub(super) fn new() -> Self {
        Entries(Bytes::of([const { AtomicU32::new(0) }; PAGES], Mutex::new(0)))
    }

    /// Whether a key and labels are short enough to be kept: below 64 KiB each.
    pub(super) fn are_kept(key: &[u8], labels: &str) -> bool {
        key.len().max(labels.len()) <= u16::MAX.into()
    }

    /// Appends a series whose key and labels [`are_kept`](Self::are_kept); where it begins, or nothing if there is no room.
    pub(super) fn append(&self, series: SeriesCells, hash: u32, key: &[u8], labels: &str) -> Option<u32> {
        let [k0, k1] = u16::try_from(key.len()).ok()?.to_le_bytes();
        let [l0, l1] = u16::try_from(labels.len()).ok()?.to_le_bytes();
        let SeriesCells { cells, began } = series;
        let cells = cells.to_bits().to_le_bytes();
        let head = [hash.to_le_bytes(), [k0, k1, l0, l1], began.to_le_bytes()];
        self.0.append(&[&cells, head.as_flattened(), key, labels.as_bytes()])
    }

    /// Appends a series as another table keeps it.
    pub(super) fn append_raw(&self, raw: &RawEntry<'_>) -> Option<u32> {
        self.0.append(&[raw.head, raw.key()?, raw.labels()?])
    }

    /// What is kept of the series at `begin`.
    #[inline(always)]
    pub(super) fn raw(&self, begin: u32) -> Option<RawEntry<'_>> {
        let (head, rest) = self.0.from(begin)?.split_first_chunk::<HEAD>()?;
        let [_, _, _, _, _, _, _, _, h0, h1, h2, h3, k0, k1, l0, l1, ..] = *head;
        let hash = u32::from_le_bytes([h0, h1, h2, h3]);
        let [key, labels] = [[k0, k1], [l0, l1]].map(|len| u16::from_le_bytes(len).into());
        Some(RawEntry { head, hash, key, labels, rest })
    }

    /// The series at `begin`.
    ///
    /// # Safety
    /// `begin` is what [`append`](Self::append) or [`append_raw`](Self::append_raw) of these entries gave.
    #[inline]
    #[expect(unsafe_code, reason = "a million labels are not looked through again at each scrape")]
    pub(super) unsafe fn entry(&self, begin: u32) -> Option<Entry<'_>> {
        let raw = self.raw(begin)?;
        // SAFETY: a series begins there, so these are the bytes of the `str` that its labels were, all of them.
        let labels = unsafe { std::str::from_utf8_unchecked(raw.labels()?) };
        Some(Entry { labels, value: SeriesCells { cells: raw.cells(), began: raw.began() } })
    }
}
