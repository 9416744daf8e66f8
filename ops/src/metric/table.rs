//! Series that appear as their labels are first used: found without a lock, made under one.
//!
//! An entry that was made stays where it is, so a reader needs no guard. Entries lie in chunks of doubling length, and
//! the hash index that leads to them is replaced by one of twice its size when it fills; a reader that still has the
//! old one misses at worst, and looks again under the lock.

use super::labels::{LabelWriter, Labels};
use super::look_up::{LabelHasher, LabelMatcher};
use super::order::Order;
use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// How many series a family has that does not say otherwise.
static DEFAULT_LIMIT: AtomicU32 = AtomicU32::new(2_000);

/// Sets how many series a family may have before further ones are counted together in one, where it does not say so
/// itself with `limit = ..`: 2,000 unless this is called.
///
/// What is past the limit is in the series `ops_overflow="true"`, so that totals stay exact.
///
/// ```
/// ops::metric::set_series_limit(10_000);
/// ```
pub fn set_series_limit(series: u32) {
    DEFAULT_LIMIT.store(series, Ordering::Relaxed);
}

/// The labels of the series that takes what is past the limit.
const OVERFLOW: &str = "ops_overflow=\"true\"";

const FIRST_CHUNK: u32 = 16;
const CHUNKS: usize = 27;
const FIRST_INDEX: usize = 32;
const INDEXES: usize = 28;

/// The series of one family by their labels, each with the first of its slots.
pub(crate) struct Table {
    chunks: [OnceLock<Chunk>; CHUNKS],
    indexes: [OnceLock<Box<[AtomicU64]>>; INDEXES],
    /// Which of the indexes is the present one.
    current: AtomicUsize,
    /// How many entries there are; their numbers are 0 and up.
    len: AtomicU32,
    making: Mutex<()>,
    limit: Option<u32>,
    overflow: OnceLock<Entry>,
    overflowed: AtomicU64,
    order: Order,
}

/// Entries that were or will be made.
type Chunk = Box<[OnceLock<Entry>]>;

/// One series.
#[derive(Clone)]
pub(crate) struct Entry {
    labels: Box<str>,
    position: u32,
    slot: u32,
}

impl Entry {
    /// The labels as `name="value",…`.
    pub(crate) fn labels(&self) -> &str {
        &self.labels
    }

    /// The first of its slots.
    pub(crate) fn slot(&self) -> u32 {
        self.slot
    }
}

impl Table {
    /// A table of at most `limit` series, or of the default.
    pub(crate) fn new(limit: Option<u32>) -> Self {
        Table {
            chunks: [const { OnceLock::new() }; CHUNKS],
            indexes: [const { OnceLock::new() }; INDEXES],
            current: AtomicUsize::new(0),
            len: AtomicU32::new(0),
            making: Mutex::new(()),
            limit,
            overflow: OnceLock::new(),
            overflowed: AtomicU64::new(0),
            order: Order::default(),
        }
    }

    /// The slot of the series with these labels, which `allocate` gives if it is not there.
    #[inline]
    pub(crate) fn get_or_make<L: Labels>(&self, labels: &L, allocate: impl FnOnce() -> u32) -> u32 {
        let hash = hash(labels);
        match self.find(hash, labels) {
            Some(entry) => entry.slot,
            None => self.make(hash, labels, allocate),
        }
    }

    /// The slot of the series with these labels, if it is there.
    pub(crate) fn get<L: Labels>(&self, labels: &L) -> Option<u32> {
        self.find(hash(labels), labels).map(Entry::slot)
    }

    #[inline]
    fn find<L: Labels>(&self, hash: u64, labels: &L) -> Option<&Entry> {
        let index = self.indexes[self.current.load(Ordering::Acquire)].get()?;
        let (position, tag) = parts(hash);
        let mut at = position as usize & (index.len() - 1);
        loop {
            let found = index[at].load(Ordering::Acquire);
            if found == EMPTY {
                return None;
            }
            if (found >> 32) as u32 == tag {
                let entry = self.entry(number(found))?;
                let mut matcher = LabelMatcher::new(&entry.labels);
                labels.match_labels(&mut matcher);
                if matcher.is_whole() {
                    return Some(entry);
                }
            }
            at = (at + 1) & (index.len() - 1);
        }
    }

    #[cold]
    fn make<L: Labels>(&self, hash: u64, labels: &L, allocate: impl FnOnce() -> u32) -> u32 {
        let _making = lock(&self.making);
        if let Some(entry) = self.find(hash, labels) {
            return entry.slot;
        }
        let len = self.len.load(Ordering::Relaxed);
        if len >= self.limit.unwrap_or_else(|| DEFAULT_LIMIT.load(Ordering::Relaxed)) {
            self.overflowed.fetch_add(1, Ordering::Relaxed);
            let overflow = || Entry { labels: OVERFLOW.into(), position: 0, slot: allocate() };
            return self.overflow.get_or_init(overflow).slot;
        }
        let mut text = String::new();
        labels.write(&mut LabelWriter::new(&mut text));
        let (position, tag) = parts(hash);
        let slot = allocate();
        self.add(Entry { labels: text.into(), position, slot }, tag);
        slot
    }

    /// Adds an entry that is not there.
    fn add(&self, entry: Entry, tag: u32) {
        let (len, position) = (self.len.load(Ordering::Relaxed), entry.position);
        let (chunk, at) = place(len);
        let entries = self.chunks[chunk].get_or_init(|| (0..FIRST_CHUNK << chunk).map(|_| OnceLock::new()).collect());
        // Nobody else adds now, so the place is free.
        let _ = entries[at].set(entry);
        self.insert(len, position, tag);
        self.len.store(len + 1, Ordering::Release);
        self.order.push(len);
    }

    /// A table of the entries that `keep` keeps, which calls it once for each.
    pub(crate) fn rebuilt(&self, mut keep: impl FnMut(&Entry) -> bool) -> Table {
        let _making = lock(&self.making);
        let rebuilt = Table::new(self.limit);
        rebuilt.overflowed.store(self.overflowed(), Ordering::Relaxed);
        if let Some(overflow) = self.overflow.get() {
            let _ = rebuilt.overflow.set(overflow.clone());
        }
        let index = self.indexes[self.current.load(Ordering::Acquire)].get();
        for found in index.iter().flat_map(|index| index.iter()).map(|found| found.load(Ordering::Acquire)) {
            if found != EMPTY
                && let Some(entry) = self.entry(number(found))
                && keep(entry)
            {
                rebuilt.add(entry.clone(), (found >> 32) as u32);
            }
        }
        rebuilt
    }

    /// Makes entry number `entry` findable, in a larger index if the present one is full.
    fn insert(&self, entry: u32, position: u32, tag: u32) {
        let current = self.current.load(Ordering::Relaxed);
        let index = self.indexes[current].get_or_init(|| empty_index(FIRST_INDEX));
        if (entry as usize + 1) * 4 <= index.len() * 3 {
            return put(index, entry, position, tag);
        }
        let larger = self.indexes[current + 1].get_or_init(|| {
            let larger = empty_index(index.len() * 2);
            for found in index.iter().map(|found| found.load(Ordering::Relaxed)).filter(|found| *found != EMPTY) {
                if let Some(entry) = self.entry(number(found)) {
                    put(&larger, number(found), entry.position, (found >> 32) as u32);
                }
            }
            larger
        });
        put(larger, entry, position, tag);
        self.current.store(current + 1, Ordering::Release);
    }

    #[inline]
    fn entry(&self, number: u32) -> Option<&Entry> {
        let (chunk, at) = place(number);
        self.chunks[chunk].get()?[at].get()
    }

    /// Hands over each series, in the order of their labels. Nobody who looks a series up or makes one waits for it.
    pub(crate) fn for_each(&self, mut series: impl FnMut(&Entry)) {
        let sorted = self.order.sorted(self.len.load(Ordering::Acquire), |number| self.labels(number));
        let overflow = self.overflow.get();
        let mut overflow = overflow.into_iter().peekable();
        for entry in sorted.iter().filter_map(|number| self.entry(number)) {
            if let Some(overflow) = overflow.next_if(|overflow| overflow.labels < entry.labels) {
                series(overflow);
            }
            series(entry);
        }
        overflow.for_each(series);
    }

    fn labels(&self, number: u32) -> &str {
        self.entry(number).map_or("", Entry::labels)
    }

    /// How often a series was asked for past the limit.
    pub(crate) fn overflowed(&self) -> u64 {
        self.overflowed.load(Ordering::Relaxed)
    }
}

#[inline]
fn hash<L: Labels>(labels: &L) -> u64 {
    let mut hasher = LabelHasher::new();
    labels.hash_labels(&mut hasher);
    hasher.finish()
}

/// No entry: numbers are stored plus one, so a stored word is never 0.
const EMPTY: u64 = 0;

fn empty_index(len: usize) -> Box<[AtomicU64]> {
    (0..len).map(|_| AtomicU64::new(EMPTY)).collect()
}

fn put(index: &[AtomicU64], entry: u32, position: u32, tag: u32) {
    let mut at = position as usize & (index.len() - 1);
    while index[at].load(Ordering::Relaxed) != EMPTY {
        at = (at + 1) & (index.len() - 1);
    }
    index[at].store(u64::from(tag) << 32 | u64::from(entry + 1), Ordering::Release);
}

/// The number of the entry that an index leads to.
#[inline]
fn number(found: u64) -> u32 {
    (found as u32).wrapping_sub(1)
}

/// Where to look first in an index of any size, and what the entry is recognised by.
#[inline]
fn parts(hash: u64) -> (u32, u32) {
    (hash as u32, (hash >> 32) as u32)
}

/// The chunk of entry `number`, and its place there.
#[inline]
fn place(number: u32) -> (usize, usize) {
    let from_first = number + FIRST_CHUNK;
    let chunk = from_first.ilog2() - FIRST_CHUNK.ilog2();
    (chunk as usize, (from_first - (FIRST_CHUNK << chunk)) as usize)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("series", &self.len.load(Ordering::Relaxed)).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct User(u32);

    impl Labels for User {
        type Of<'a> = User;

        fn names(to: &mut Vec<&'static str>) {
            to.push("user");
        }

        fn combinations() -> Option<usize> {
            None
        }

        fn index(&self) -> usize {
            0
        }

        fn write(&self, to: &mut LabelWriter<'_>) {
            to.label("user", &self.0);
        }

        fn write_nth(_n: usize, _to: &mut LabelWriter<'_>) {}
    }

    fn labels(table: &Table) -> Vec<String> {
        let mut all = Vec::new();
        table.for_each(|entry| all.push(entry.labels().to_owned()));
        all
    }

    #[test]
    fn each_label_set_has_one_entry_however_much_the_table_grows() {
        let table = Table::new(Some(u32::MAX));
        for user in (0..5_000).chain(0..5_000) {
            assert_eq!(table.get_or_make(&User(user), || user), user);
        }
        let mut expected: Vec<_> = (0..5_000).map(|user| format!("user=\"{user}\"")).collect();
        expected.sort();
        assert_eq!(labels(&table), expected);
    }

    #[test]
    fn what_is_past_the_limit_shares_one_series() {
        let table = Table::new(Some(2));
        for user in [7, 3, 9, 5, 3] {
            table.get_or_make(&User(user), || user);
        }
        assert_eq!(labels(&table), ["ops_overflow=\"true\"", "user=\"3\"", "user=\"7\""]);
        assert_eq!(table.overflowed(), 2);
    }

    #[test]
    fn a_rebuilt_table_has_what_was_kept_and_finds_it() {
        let table = Table::new(Some(u32::MAX));
        for user in 0..100 {
            table.get_or_make(&User(user), || user);
        }
        let rebuilt = table.rebuilt(|entry| entry.slot().is_multiple_of(10));
        assert_eq!(labels(&rebuilt).len(), 10);
        assert_eq!([rebuilt.get(&User(20)), rebuilt.get(&User(21))], [Some(20), None]);
    }

    #[test]
    fn threads_that_make_the_same_series_get_the_same_entry() {
        let table = Table::new(Some(u32::MAX));
        let made = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for user in 0..1_000 {
                        table.get_or_make(&User(user), || made.fetch_add(1, Ordering::Relaxed));
                    }
                });
            }
        });
        assert_eq!(made.into_inner(), 1_000);
        assert_eq!(labels(&table).len(), 1_000);
    }
}
