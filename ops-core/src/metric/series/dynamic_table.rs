//! Series that appear as their labels are first used: found without a lock, made under one.
//!
//! An entry that was made stays where it is, so a reader needs no guard. The hash index that leads to the entries is
//! replaced by one of twice its size when it fills; a reader that still has the old one misses at worst, and looks again
//! under the lock.

use super::entries::Entries;
use super::index::Index;
use super::key_encoding::{KeyHash, KeyMatcher, KeyWriter};
use super::labelled::{Entry, Labelled};
use super::order::Order;
use super::series_limit::SeriesLimit;
use crate::metric::labels::{LabelWriter, Labels};
use crate::unwind::IgnorePoison;
use foldhash::SharedSeed;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

/// The labels of the series that takes what is past the limit.
const OVERFLOW: &str = "ops_overflow=\"true\"";

/// Indexes of one group, two, four …: more entries than there is room for.
const INDEXES: usize = 32;

/// The series of one family by their labels, each with the first of its slots.
pub(crate) struct DynamicTable {
    seed: &'static SharedSeed,
    entries: Entries,
    /// By their hashes, where entries begin.
    indexes: [OnceLock<Index>; INDEXES],
    /// Which of the indexes is the present one.
    current: AtomicUsize,
    /// How many entries there are; held while one is made.
    len: Mutex<u32>,
    /// The slot of the series that takes what is past the limit.
    overflow: OnceLock<u32>,
    overflowed: AtomicU64,
    order: Order,
}

impl DynamicTable {
    /// An empty table.
    pub(crate) fn new() -> Self {
        DynamicTable {
            seed: KeyHash::seed(),
            entries: Entries::new(),
            indexes: [const { OnceLock::new() }; INDEXES],
            current: AtomicUsize::new(0),
            len: Mutex::new(0),
            overflow: OnceLock::new(),
            overflowed: AtomicU64::new(0),
            order: Order::new(),
        }
    }

    /// The slot of the series with these labels, which `allocate` gives if it is not there. Past `limit` it is that of the
    /// overflow series.
    #[inline(always)]
    pub(crate) fn get_or_make<L: Labels>(
        &self,
        labels: &L,
        limit: &SeriesLimit,
        allocate: impl FnOnce() -> u32,
    ) -> u32 {
        let hash = self.hash(labels);
        match self.find(hash, labels) {
            Some(slot) => slot,
            None => self.make(hash, labels, limit, allocate),
        }
    }

    /// The slot of the series with these labels, if it is there.
    pub(crate) fn get<L: Labels>(&self, labels: &L) -> Option<u32> {
        self.find(self.hash(labels), labels)
    }

    #[inline(always)]
    fn hash<L: Labels>(&self, labels: &L) -> u32 {
        let mut hash = KeyHash::new(self.seed);
        labels.key(&mut hash);
        hash.finish()
    }

    #[inline(always)]
    fn find<L: Labels>(&self, hash: u32, labels: &L) -> Option<u32> {
        let index = self.index()?;
        match index.likely(hash).and_then(|begin| self.slot_of(begin, labels)) {
            None => self.find_in(index, hash, labels),
            slot => slot,
        }
    }

    /// The same, however many entries have to be looked at: what is kept for that would be in the way of the first.
    #[inline(never)]
    fn find_in<L: Labels>(&self, index: &Index, hash: u32, labels: &L) -> Option<u32> {
        index.find(hash, |begin| self.slot_of(begin, labels))
    }

    /// The slot of the series at `begin`, if it has these labels.
    #[inline(always)]
    fn slot_of<L: Labels>(&self, begin: u32, labels: &L) -> Option<u32> {
        let entry = self.entries.raw(begin)?;
        let mut matcher = KeyMatcher::new(entry.key()?);
        (labels.key(&mut matcher) && matcher.is_at_end()).then_some(entry.slot)
    }

    /// The present index.
    #[inline(always)]
    fn index(&self) -> Option<&Index> {
        // At most the last: the remainder shows the compiler.
        self.indexes[self.current.load(Ordering::Acquire) % INDEXES].get()
    }

    #[cold]
    fn make<L: Labels>(&self, hash: u32, labels: &L, limit: &SeriesLimit, allocate: impl FnOnce() -> u32) -> u32 {
        let mut len = self.len.lock().ignore_poison();
        if let Some(slot) = self.find(hash, labels) {
            return slot;
        }
        if *len < limit.get() {
            let (mut key, mut text) = (Vec::new(), String::new());
            labels.key(&mut KeyWriter(&mut key));
            labels.write(&mut LabelWriter::new(&mut text));
            if Entries::are_kept(&key, &text) {
                let slot = allocate();
                return match self.entries.append(slot, hash, &key, &text) {
                    Some(begin) => {
                        *len += 1;
                        self.add(begin, hash, *len);
                        slot
                    }
                    None => self.overflow(|| slot),
                };
            }
        }
        self.overflow(allocate)
    }

    /// The slot of the series that takes what is past the limit, or has longer labels than there is room for.
    fn overflow(&self, allocate: impl FnOnce() -> u32) -> u32 {
        self.overflowed.fetch_add(1, Ordering::Relaxed);
        *self.overflow.get_or_init(allocate)
    }

    /// Makes the last one of `len` entries findable, in a larger index if the present one is full.
    fn add(&self, begin: u32, hash: u32, len: u32) {
        let current = self.current.load(Ordering::Relaxed);
        let index = self.indexes[current].get_or_init(|| Index::new(1 << current));
        if index.has_room_for(len) {
            index.add(hash, begin);
        } else {
            let hash_of = |begin| self.entries.raw(begin).map(|entry| entry.hash);
            self.indexes[current + 1].get_or_init(|| index.doubled(hash_of)).add(hash, begin);
            self.current.store(current + 1, Ordering::Release);
        }
        self.order.push(begin);
    }

    /// A table of the entries that `keep` keeps, which calls it once for each.
    pub(crate) fn rebuilt(&self, mut keep: impl FnMut(Entry<'_>) -> bool) -> DynamicTable {
        let _making = self.len.lock().ignore_poison();
        let rebuilt = DynamicTable::new();
        rebuilt.overflowed.store(self.overflowed(), Ordering::Relaxed);
        if let Some(overflow) = self.overflow.get() {
            let _ = rebuilt.overflow.set(*overflow);
        }
        let mut len = rebuilt.len.lock().ignore_poison();
        for begin in self.index().into_iter().flat_map(Index::entries) {
            if !self.entry(begin).is_some_and(&mut keep) {
                continue;
            }
            let Some(raw) = self.entries.raw(begin) else { continue };
            if let Some(copy) = rebuilt.entries.append_raw(&raw) {
                *len += 1;
                rebuilt.add(copy, raw.hash, *len);
            }
        }
        drop(len);
        rebuilt
    }

    /// The series at `begin`, which is from the index or from the order.
    #[inline]
    #[expect(unsafe_code, reason = "a million labels are not looked through again at each scrape")]
    fn entry(&self, begin: u32) -> Option<Entry<'_>> {
        // SAFETY: `add` alone fills the index and the order, with what these entries gave when one was appended.
        unsafe { self.entries.entry(begin) }
    }

    /// Hands over the series, in the order of their labels, at most [`AT_ONCE`] at once, each with what `value` gives for
    /// its slot. Nobody who looks a series up or makes one waits for it.
    pub(crate) fn for_each_few<V: Copy + Default>(
        &self,
        mut value: impl FnMut(u32) -> V,
        mut series: impl FnMut(&[Labelled<'_, V>]),
    ) {
        let labels = |begin| self.entries.raw(begin)?.labels();
        let sorted = self.order.sorted(labels);
        let overflow = self.overflow.get();
        let is_before = |begin: &u32| labels(*begin) < Some(OVERFLOW.as_bytes());
        let (before, after) = sorted.split_at(overflow.map_or(sorted.len(), |_| sorted.partition_point(is_before)));
        for (begins, overflow) in [(before, overflow), (after, None)] {
            // They are scattered over the memory: looked up one by one, each would be waited for.
            for begins in begins.chunks(AT_ONCE) {
                let mut few = [Labelled::default(); AT_ONCE];
                for (of_entry, begin) in few.iter_mut().zip(begins) {
                    if let Some(Entry { labels, value: slot }) = self.entry(*begin) {
                        *of_entry = Labelled { labels, value: value(slot) };
                    }
                }
                series(&few[..begins.len()]);
            }
            if let Some(slot) = overflow {
                series(&[Labelled { labels: OVERFLOW, value: value(*slot) }]);
            }
        }
    }

    /// How often a series was asked for past the limit.
    pub(crate) fn overflowed(&self) -> u64 {
        self.overflowed.load(Ordering::Relaxed)
    }
}

/// So many entries are looked up at once.
const AT_ONCE: usize = 32;

impl fmt::Debug for DynamicTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicTable").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    const MANY: u32 = if cfg!(miri) { 60 } else { 5_000 };

    static UNLIMITED: SeriesLimit = SeriesLimit::new(Some(u32::MAX));

    struct User(u32);

    impl Labels for User {
        type Borrowed<'a> = User;

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

    fn labels(table: &DynamicTable) -> Vec<String> {
        let mut all = Vec::new();
        table.for_each_few(|slot| slot, |entries| all.extend(entries.iter().map(|entry| entry.labels.to_owned())));
        all
    }

    #[test]
    fn each_label_set_has_one_entry_however_much_the_table_grows() {
        let table = DynamicTable::new();
        for user in (0..MANY).chain(0..MANY) {
            assert_eq!(table.get_or_make(&User(user), &UNLIMITED, || user), user);
        }
        let mut expected: Vec<_> = (0..MANY).map(|user| format!("user=\"{user}\"")).collect();
        expected.sort();
        assert_eq!(labels(&table), expected);
    }

    #[test]
    fn what_is_past_the_limit_shares_one_series() {
        let table = DynamicTable::new();
        let limit = SeriesLimit::new(Some(2));
        for user in [7, 3, 9, 5, 3] {
            table.get_or_make(&User(user), &limit, || user);
        }
        assert_eq!(labels(&table), ["ops_overflow=\"true\"", "user=\"3\"", "user=\"7\""]);
        assert_eq!(table.overflowed(), 2);
    }

    #[test]
    fn a_raised_default_admits_further_series_and_an_own_limit_stays() {
        let table = DynamicTable::new();
        let (by_default, own) = (SeriesLimit::new(None), SeriesLimit::new(Some(1)));
        for (max_series, user) in [(1, 1), (1, 2), (2, 3)] {
            by_default.set_default(max_series);
            own.set_default(max_series);
            table.get_or_make(&User(user), &by_default, || user);
        }
        assert_eq!(labels(&table), ["ops_overflow=\"true\"", "user=\"1\"", "user=\"3\""]);
        assert_eq!(own.get(), 1);
    }

    #[test]
    fn a_rebuilt_table_has_what_was_kept_and_finds_it() {
        let table = DynamicTable::new();
        for user in 0..100 {
            table.get_or_make(&User(user), &UNLIMITED, || user);
        }
        let rebuilt = table.rebuilt(|entry| entry.slot() % 10 == 0);
        assert_eq!(labels(&rebuilt).len(), 10);
        assert_eq!([rebuilt.get(&User(20)), rebuilt.get(&User(21))], [Some(20), None]);
    }

    #[test]
    #[cfg_attr(miri, ignore = "writes many long labels, in safe code")]
    fn labels_too_long_to_be_kept_share_the_series_of_what_is_past_the_limit() {
        struct Long(usize);

        impl Labels for Long {
            type Borrowed<'a> = Long;

            fn names(_to: &mut Vec<&'static str>) {}

            fn combinations() -> Option<usize> {
                None
            }

            fn index(&self) -> usize {
                0
            }

            fn write(&self, to: &mut LabelWriter<'_>) {
                (0..self.0).for_each(|n| to.label(&format!("l{n}"), &"x".repeat(1_024)));
            }

            fn write_nth(_n: usize, _to: &mut LabelWriter<'_>) {}
        }

        let table = DynamicTable::new();
        let slots = [60, 70, 80, 60].map(|labels| table.get_or_make(&Long(labels), &UNLIMITED, || labels as u32));
        assert_eq!(slots, [60, 70, 70, 60]);
        assert_eq!((labels(&table)[1].as_str(), table.overflowed()), (OVERFLOW, 2));
    }

    #[test]
    fn threads_that_make_the_same_series_get_the_same_entry() {
        let table = DynamicTable::new();
        let made = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for user in 0..MANY {
                        table.get_or_make(&User(user), &UNLIMITED, || made.fetch_add(1, Ordering::Relaxed));
                    }
                });
            }
        });
        assert_eq!(made.into_inner(), MANY);
        assert_eq!(labels(&table).len(), MANY as usize);
    }
}
