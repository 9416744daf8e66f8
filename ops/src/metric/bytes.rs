//! Bytes that are only ever appended: one thread at a time appends, and any thread reads what is there without a lock.
//!
//! What is there is not written again and does not move, so that a reader keeps it for as long as it likes. This file
//! names nothing but `super::sync`, so that the tests in `tests/loom` run it as it stands in a model of the memory.

use super::sync::{AtomicU32, FIRST_PAGE, Mutex, Ordering, Page, Written};
use std::sync::{OnceLock, PoisonError};

/// Where something begins is counted in so many bytes, so that 32 bits are enough.
const UNIT: usize = 4;
const FIRST: u32 = (FIRST_PAGE / UNIT) as u32;
const PAGES: usize = 24;

/// Bytes in pages of doubling length, paged in as they are touched; up to 16 GiB.
pub(super) struct Bytes {
    pages: [OnceLock<Page>; PAGES],
    /// From here on nothing is there yet.
    end: AtomicU32,
    appending: Mutex<()>,
}

impl Bytes {
    /// No bytes yet, with this end and this lock.
    pub(super) const fn of(end: AtomicU32, appending: Mutex<()>) -> Self {
        Bytes { pages: [const { OnceLock::new() }; PAGES], end, appending }
    }

    /// Appends `parts` one after the other; where they begin, or nothing if there is no room for them.
    #[expect(unsafe_code, reason = "nobody reads what is not yet there")]
    pub(super) fn append(&self, parts: &[&[u8]]) -> Option<u32> {
        let _appending = self.appending.lock().unwrap_or_else(PoisonError::into_inner);
        let len: usize = parts.iter().map(|part| part.len()).sum();
        let mut begin = self.end.load(Ordering::Relaxed);
        let (page, mut at) = loop {
            let (number, at) = place(begin);
            let size = FIRST_PAGE << number;
            if at + len <= size {
                break (self.pages.get(number)?.get_or_init(|| Page::new(size)), at);
            }
            begin = (FIRST << number).checked_mul(2)? - FIRST;
        };
        let end = begin.checked_add(u32::try_from(len.div_ceil(UNIT)).ok()?)?;
        for part in parts {
            // SAFETY: readers stay below `end`, which is at `begin` or before it until the parts are written, and who else
            // appends waits for the lock.
            unsafe { page.write(at, part) };
            at += part.len();
        }
        self.end.store(end, Ordering::Release);
        Some(begin)
    }

    /// What was appended at `begin`, and what follows on its page.
    #[inline]
    #[expect(unsafe_code, reason = "what is there is not written any more")]
    pub(super) fn from(&self, begin: u32) -> Option<Written<'_>> {
        let there = self.end.load(Ordering::Acquire).checked_sub(begin)?;
        let (number, at) = place(begin);
        let page = self.pages.get(number)?.get()?;
        let end = page.len().min(at + there as usize * UNIT);
        // SAFETY: it is below `end`, and what is there is written no more; that it was written happened before `end` was
        // stored.
        Some(unsafe { page.read(at..end) })
    }
}

/// The number of the page on which `begin` is, and where.
#[inline]
pub(super) fn place(begin: u32) -> (usize, usize) {
    let from_first = u64::from(begin) + u64::from(FIRST);
    let page = from_first.ilog2() - FIRST.ilog2();
    (page as usize, (from_first - (u64::from(FIRST) << page)) as usize * UNIT)
}
