//! Bytes that are only ever appended: one thread at a time appends, and any thread reads what is there without a lock.
//!
//! What is there is not written again and does not move, so that a reader keeps it for as long as it likes. This file
//! names nothing but `super::sync`, so that the tests in `tests/loom` run it as it stands in a model of the memory.

use super::sync::IgnorePoison;
use super::sync::{AtomicU32, FIRST_PAGE, Mutex, Ordering, Page, Written};
use std::sync::OnceLock;

/// Where on a page something begins is counted in so many bytes.
const UNIT: usize = 4;
/// The lowest bits of where something begins are where on its page; the others are the number of the page.
const ON_PAGE: u32 = 27;
pub(crate) const PAGES: usize = 1 << (u32::BITS - ON_PAGE);
/// From this page on all are of one length.
const LAST_DOUBLED: usize = 19;
const _: () = assert!(FIRST_PAGE << LAST_DOUBLED <= UNIT << ON_PAGE);

/// Bytes in pages that double in length up to 512 MiB, paged in as they are touched; up to 7 GiB.
pub(crate) struct Bytes {
    pages: [OnceLock<Page>; PAGES],
    /// How many units of each page are there.
    filled: [AtomicU32; PAGES],
    /// Where the next begin: one more than there are numbers once the last page is full.
    end: Mutex<u64>,
}

impl Bytes {
    /// No bytes yet; all numbers are 0.
    pub(crate) const fn of(filled: [AtomicU32; PAGES], end: Mutex<u64>) -> Self {
        Bytes { pages: [const { OnceLock::new() }; PAGES], filled, end }
    }

    /// Appends `parts` one after the other; where they begin, or nothing if there is no room for them.
    #[expect(unsafe_code, reason = "nobody reads what is not yet there")]
    pub(crate) fn append(&self, parts: &[&[u8]]) -> Option<u32> {
        let mut end = self.end.lock().ignore_poison();
        let len: usize = parts.iter().map(|part| part.len()).sum();
        let mut begin = u32::try_from(*end).ok()?;
        let (number, page, mut at) = loop {
            let (number, at) = place(begin);
            let size = FIRST_PAGE << number.min(LAST_DOUBLED);
            if at + len <= size {
                break (number, self.pages[number].get_or_init(|| Page::new(size)), at);
            }
            begin = first_of(number + 1).try_into().ok()?;
        };
        for part in parts {
            // SAFETY: readers stay below `filled`, which is at `begin` or before it until the parts are written, and who
            // else appends waits for the lock.
            unsafe { page.write(at, part) };
            at += part.len();
        }
        let filled = at.div_ceil(UNIT) as u32;
        self.filled[number].store(filled, Ordering::Release);
        *end = first_of(number) + u64::from(filled);
        Some(begin)
    }

    /// What was appended at `begin`, and what follows on its page.
    #[inline(always)]
    #[expect(unsafe_code, reason = "what is there is not written any more")]
    pub(crate) fn from(&self, begin: u32) -> Option<Written<'_>> {
        let (number, at) = place(begin);
        let page = self.pages[number].get()?;
        let filled = self.filled[number].load(Ordering::Acquire) as usize * UNIT;
        // SAFETY: what is below `filled` is written no more; that it was written happened before `filled` was stored.
        (at <= filled).then(|| unsafe { page.read(at..filled) })
    }
}

/// The number of the page on which `begin` is, and where.
#[inline(always)]
pub(super) fn place(begin: u32) -> (usize, usize) {
    ((begin >> ON_PAGE) as usize, (begin % (1 << ON_PAGE)) as usize * UNIT)
}

/// Where the first thing on page `number` begins.
fn first_of(number: usize) -> u64 {
    (number as u64) << ON_PAGE
}
