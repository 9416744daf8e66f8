//! An append-only byte arena: appends take a lock, reads are lock-free.
//!
//! Appended bytes are immutable and never move, so readers can borrow them for the lifetime of the arena. This file depends only
//! on `super::sync`, so `tests/loom` checks it unchanged.

use super::sync::IgnorePoison;
use super::sync::{AtomicU32, FIRST_PAGE, Mutex, Ordering, Page, Written};
use std::sync::OnceLock;

/// Alignment of appended data, in bytes; offsets are in this unit.
const UNIT: usize = 4;
/// Number of low bits of a position that hold the offset in its page.
///
/// The high bits are the page number.
const OFFSET_BITS: u32 = 27;
/// Maximum number of pages.
pub(crate) const PAGES: usize = 1 << (u32::BITS - OFFSET_BITS);
/// Number of the last page that is twice as long as the previous one.
///
/// All further pages have its length.
const LAST_DOUBLED: usize = 19;
const _: () = assert!(FIRST_PAGE << LAST_DOUBLED <= UNIT << OFFSET_BITS);

/// An append-only arena of up to 7 GiB.
///
/// Page lengths double up to 512 MiB; memory is paged in on first use.
pub(crate) struct Bytes {
    pages: [OnceLock<Page>; PAGES],
    /// Number of readable units per page.
    filled: [AtomicU32; PAGES],
    /// Position of the next append; exceeds `u32::MAX` once the last page is full.
    end: Mutex<u64>,
}

impl Bytes {
    /// Creates an empty arena; `filled` and `end` must be 0.
    pub(crate) const fn new(filled: [AtomicU32; PAGES], end: Mutex<u64>) -> Self {
        Bytes { pages: [const { OnceLock::new() }; PAGES], filled, end }
    }

    /// Appends the concatenation of `parts`. Returns its position, or `None` if the arena is full.
    #[expect(unsafe_code, reason = "writes bytes that are not yet readable")]
    pub(crate) fn append(&self, parts: &[&[u8]]) -> Option<u32> {
        let mut end = self.end.lock().ignore_poison();
        let len: usize = parts.iter().map(|part| part.len()).sum();
        let mut begin = u32::try_from(*end).ok()?;
        let (number, page, mut at) = loop {
            let (number, at) = locate(begin);
            let size = FIRST_PAGE << number.min(LAST_DOUBLED);
            if at + len <= size {
                break (number, self.pages[number].get_or_init(|| Page::new(size)), at);
            }
            begin = page_start(number + 1).try_into().ok()?;
        };
        for part in parts {
            // SAFETY: no other thread accesses these bytes. Readers stay below `filled`, which is at most `begin` until the
            // store below, and the lock excludes other writers.
            unsafe { page.write(at, part) };
            at += part.len();
        }
        let filled = at.div_ceil(UNIT) as u32;
        self.filled[number].store(filled, Ordering::Release);
        *end = page_start(number) + u64::from(filled);
        Some(begin)
    }

    /// Returns the bytes from the position `begin` to the end of the readable part of its page.
    ///
    /// Returns `None` if the position is beyond that end.
    #[inline(always)]
    #[expect(unsafe_code, reason = "reads immutable bytes without a lock")]
    pub(crate) fn read_from(&self, begin: u32) -> Option<Written<'_>> {
        let (number, at) = locate(begin);
        let page = self.pages[number].get()?;
        let filled = self.filled[number].load(Ordering::Acquire) as usize * UNIT;
        // SAFETY: bytes below `filled` are never written again, and their writes happen before the release store of `filled`,
        // which the acquire load above read.
        (at <= filled).then(|| unsafe { page.read(at..filled) })
    }
}

/// Returns the page number of a position, and its byte offset in the page.
#[inline(always)]
pub(super) fn locate(begin: u32) -> (usize, usize) {
    ((begin >> OFFSET_BITS) as usize, (begin % (1 << OFFSET_BITS)) as usize * UNIT)
}

/// Returns the position of the start of page `number`.
fn page_start(number: usize) -> u64 {
    (number as u64) << OFFSET_BITS
}
