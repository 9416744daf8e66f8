//! A concurrent hash table of series by labels: lock-free lookups; creation and removal take a lock.
//!
//! Entries are immutable and never move, so readers need no guard. A full hash index is replaced by one of twice its size; a
//! reader of the old index may miss a new entry, and then retries under the lock. Removed entries occupy memory until the table
//! is rebuilt.

use super::cell_source::CellSource;
use super::entries::Entries;
use super::index::Index;
use super::key_encoding::{KeyHash, KeyMatcher, KeyWriter};
use super::labeled::{Entry, Labeled, SeriesCells};
use super::order::Order;
use super::series_limit::SeriesLimit;
use crate::metric::cells::CellRef;
use crate::metric::labels::{LabelWriter, Labels};
use crate::unwind::IgnorePoison;
use foldhash::SharedSeed;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

/// Labels of the overflow series.
const OVERFLOW: &str = "ops_overflow=\"true\"";

/// Number of indexes, of 1, 2, 4, … groups; the arena of entries is full before the last one is.
const INDEXES: usize = 32;

/// Minimum number of tombstones before a table is rebuilt.
const MIN_TOMBSTONES: u32 = 64;

/// The series of one family with their cells, by labels.
pub(crate) struct DynamicTable {
    seed: &'static SharedSeed,
    entries: Entries,
    /// Positions of the entries, by hash.
    indexes: [OnceLock<Index>; INDEXES],
    /// Number of the current index.
    current: AtomicUsize,
    /// Locked while an entry is created or removed.
    counts: Mutex<Counts>,
    /// The overflow series.
    overflow: OnceLock<SeriesCells>,
    order: Order,
}

/// The error of an operation on a table that has been replaced.
#[derive(Debug)]
pub(crate) struct Replaced;

/// The error of a removal during which the table was replaced, with the cells removed so far.
#[derive(Debug)]
pub(crate) struct Interrupted(pub(crate) Vec<CellRef>);

/// Number of entries, and the state of the table.
#[derive(Default)]
struct Counts {
    /// Entries in the current index, including tombstones.
    created: u32,
    removed: u32,
    /// `true` once another table has replaced this one.
    is_replaced: bool,
}

impl DynamicTable {
    /// Creates an empty table.
    pub(crate) fn new() -> Self {
        DynamicTable {
            seed: KeyHash::seed(),
            entries: Entries::new(),
            indexes: [const { OnceLock::new() }; INDEXES],
            current: AtomicUsize::new(0),
            counts: Mutex::default(),
            overflow: OnceLock::new(),
            order: Order::new(),
        }
    }

    /// Returns the cells of the series with these labels, creating it if necessary.
    ///
    /// Beyond `limit`, or if the cell space is exhausted, returns the cells of the overflow series. Returns `None` if the table
    /// has been replaced.
    pub(crate) fn get_or_create<L: Labels>(
        &self,
        labels: &L,
        limit: &SeriesLimit,
        source: &impl CellSource,
        new_series: impl Fn(CellRef) -> SeriesCells,
    ) -> Option<CellRef> {
        let hash = self.hash(labels);
        match self.find(hash, labels) {
            Some(cells) => Some(cells),
            None => self.create(hash, labels, limit, source, new_series),
        }
    }

    /// Returns the cells of the series with these labels, if it exists.
    #[inline(always)]
    pub(crate) fn get<L: Labels>(&self, labels: &L) -> Option<CellRef> {
        self.find(self.hash(labels), labels)
    }

    #[inline(always)]
    fn hash<L: Labels>(&self, labels: &L) -> u32 {
        let mut hash = KeyHash::new(self.seed);
        labels.key(&mut hash);
        hash.finish()
    }

    /// Looks up the cells of the series with these labels.
    #[inline(always)]
    fn find<L: Labels>(&self, hash: u32, labels: &L) -> Option<CellRef> {
        let index = self.index()?;
        match index.likely(hash).and_then(|position| self.cells_of(position, labels)) {
            None => self.find_in(index, hash, labels),
            found => found,
        }
    }

    /// Slow path of [`find`](Self::find): probes all candidates.
    ///
    /// Not inlined, to keep registers free for the fast path.
    #[inline(never)]
    fn find_in<L: Labels>(&self, index: &Index, hash: u32, labels: &L) -> Option<CellRef> {
        index.find(hash, |position| self.cells_of(position, labels))
    }

    /// Looks up the position and the cells of the series with these labels.
    fn find_entry<L: Labels>(&self, hash: u32, labels: &L) -> Option<(u32, CellRef)> {
        self.index()?.find(hash, |position| Some((position, self.cells_of(position, labels)?)))
    }

    /// Returns the cells of the series at `position` if it has these labels.
    #[inline(always)]
    fn cells_of<L: Labels>(&self, position: u32, labels: &L) -> Option<CellRef> {
        let entry = self.entries.raw(position)?;
        let mut matcher = KeyMatcher::new(entry.key()?);
        (labels.key(&mut matcher) && matcher.is_at_end()).then(|| entry.cells())
    }

    /// Returns the current index.
    #[inline(always)]
    fn index(&self) -> Option<&Index> {
        // Always in bounds; the remainder lets the compiler elide the check.
        self.indexes[self.current.load(Ordering::Acquire) % INDEXES].get()
    }

    #[cold]
    fn create<L: Labels>(
        &self,
        hash: u32,
        labels: &L,
        limit: &SeriesLimit,
        source: &impl CellSource,
        new_series: impl Fn(CellRef) -> SeriesCells,
    ) -> Option<CellRef> {
        let mut counts = self.counts.lock().ignore_poison();
        if counts.is_replaced {
            return None;
        }
        if let Some(cells) = self.find(hash, labels) {
            return Some(cells);
        }
        if counts.created - counts.removed < limit.get() {
            let (mut key, mut text) = (Vec::new(), String::new());
            labels.key(&mut KeyWriter(&mut key));
            labels.write(&mut LabelWriter::new(&mut text));
            if Entries::fits(&key, &text) {
                let cells = source.allocate();
                if cells.is_none() {
                    limit.set_found_no_space();
                }
                if let Some(cells) = cells {
                    if let Some(position) = self.entries.append(new_series(cells), hash, &key, &text) {
                        counts.created += 1;
                        self.add(position, hash, counts.created);
                        return Some(cells);
                    }
                    source.free_unheld(cells);
                }
            }
        }
        limit.count_overflow();
        let overflow = || new_series(source.allocate().unwrap_or_else(|| source.allocate_reserved()));
        Some(self.overflow.get_or_init(overflow).cells)
    }

    /// Adds an entry to the index, which grows if it is full; `created` includes the entry.
    fn add(&self, position: u32, hash: u32, created: u32) {
        let current = self.current.load(Ordering::Relaxed);
        let index = self.indexes[current].get_or_init(|| Index::new(1 << current));
        if index.has_room_for(created) {
            index.add(hash, position);
        } else {
            let hash_of = |position| self.entries.raw(position).map(|entry| entry.hash);
            self.indexes[current + 1].get_or_init(|| index.doubled(hash_of)).add(hash, position);
            self.current.store(current + 1, Ordering::Release);
        }
        self.order.push(position);
    }

    /// Removes the series with these labels. Returns its cells if it existed.
    ///
    /// # Errors
    /// Returns an error if the table has been replaced.
    pub(crate) fn remove<L: Labels>(&self, labels: &L) -> Result<Option<CellRef>, Replaced> {
        let hash = self.hash(labels);
        let mut counts = self.counts.lock().ignore_poison();
        if counts.is_replaced {
            return Err(Replaced);
        }
        let found = self.find_entry(hash, labels);
        Ok(found.map(|(position, cells)| {
            let is_removed = self.remove_at(&mut counts, hash, position);
            debug_assert!(is_removed, "an entry found under the lock is in the index");
            cells
        }))
    }

    /// Removes the series whose cells match `predicate`. Returns their cells.
    ///
    /// # Errors
    /// Returns the cells of the series removed so far if the table is replaced concurrently.
    pub(crate) fn remove_all(&self, mut predicate: impl FnMut(CellRef) -> bool) -> Result<Vec<CellRef>, Interrupted> {
        // In creation order, for locality: entries and cells are then consecutive in memory.
        let mut positions: Vec<u32> = self.index().into_iter().flat_map(Index::entries).collect();
        positions.sort_unstable();
        let mut removed = Vec::new();
        for position in positions {
            let Some(entry) = self.entries.raw(position) else { continue };
            if !predicate(entry.cells()) {
                continue;
            }
            // Locked per entry, so that concurrent creation of series is not stalled.
            let mut counts = self.counts.lock().ignore_poison();
            if counts.is_replaced {
                return Err(Interrupted(removed));
            }
            // `false` if another thread has removed it concurrently.
            if self.remove_at(&mut counts, entry.hash, position) {
                removed.push(entry.cells());
            }
        }
        Ok(removed)
    }

    fn remove_at(&self, counts: &mut Counts, hash: u32, position: u32) -> bool {
        let is_removed = self.index().is_some_and(|index| index.remove(hash, position));
        counts.removed += u32::from(is_removed);
        is_removed
    }

    /// Returns `true` if most entries are tombstones and the table should be rebuilt.
    pub(crate) fn is_sparse(&self) -> bool {
        let counts = self.counts.lock().ignore_poison();
        counts.removed > MIN_TOMBSTONES.max(counts.created - counts.removed)
    }

    /// Passes a copy without tombstones to `replace`, and marks this table as replaced.
    ///
    /// Lookups are not blocked.
    pub(crate) fn rebuild(&self, replace: impl FnOnce(DynamicTable)) {
        let mut counts = self.counts.lock().ignore_poison();
        if counts.is_replaced {
            return;
        }
        let rebuilt = DynamicTable::new();
        if let Some(overflow) = self.overflow.get() {
            let _ = rebuilt.overflow.set(*overflow);
        }
        let mut copied = rebuilt.counts.lock().ignore_poison();
        for position in self.index().into_iter().flat_map(Index::entries) {
            let Some(raw) = self.entries.raw(position) else { continue };
            if let Some(copy) = rebuilt.entries.append_raw(&raw) {
                copied.created += 1;
                rebuilt.add(copy, raw.hash, copied.created);
            }
        }
        drop(copied);
        counts.is_replaced = true;
        replace(rebuilt);
    }

    /// Replaces this table with an empty one. Returns the cells of all series.
    ///
    /// Does nothing and returns no cells if the table was replaced before.
    pub(crate) fn replace_by_empty(&self, replace: impl FnOnce(DynamicTable)) -> Vec<CellRef> {
        let mut counts = self.counts.lock().ignore_poison();
        if counts.is_replaced {
            return Vec::new();
        }
        counts.is_replaced = true;
        replace(DynamicTable::new());
        self.all_cells()
    }

    /// Returns the cells of all series.
    pub(crate) fn all_cells(&self) -> Vec<CellRef> {
        let entries = self.index().into_iter().flat_map(Index::entries);
        let cells = entries.filter_map(|position| Some(self.entries.raw(position)?.cells()));
        cells.chain(self.overflow.get().map(|overflow| overflow.cells)).collect()
    }

    /// Returns the series at `position`, which must come from the index or the order.
    #[inline]
    #[expect(unsafe_code, reason = "avoids UTF-8 validation of all labels at each scrape")]
    fn entry(&self, position: u32) -> Option<Entry<'_>> {
        // SAFETY: positions in the index and the order are added only by `add`, whose callers pass positions that
        // `Entries::append` or `Entries::append_raw` of the same table returned.
        unsafe { self.entries.entry(position) }
    }

    /// Calls `series` with batches of series, sorted by labels; `value` reads the value of a series.
    ///
    /// A batch has up to [`BATCH`] series. If `had_removals` returns `true` after the read, series for whose cells `is_gone`
    /// returns `true` are omitted. Lookups and creation are not blocked.
    pub(crate) fn for_each_batch<V: Copy + Default>(
        &self,
        mut value: impl FnMut(SeriesCells) -> V,
        had_removals: impl Fn() -> bool,
        is_gone: impl Fn(CellRef) -> bool,
        mut series: impl FnMut(&[Labeled<'_, V>]),
    ) {
        let labels = |position| self.entries.raw(position)?.labels();
        let sorted = self.order.sorted(labels);
        let overflow = self.overflow.get();
        let is_before = |position: &u32| labels(*position) < Some(OVERFLOW.as_bytes());
        let (before, after) = sorted.split_at(overflow.map_or(sorted.len(), |_| sorted.partition_point(is_before)));
        for (positions, overflow) in [(before, overflow), (after, None)] {
            // Entries are scattered in memory: batching lets their cache misses overlap.
            for positions in positions.chunks(BATCH) {
                let mut batch = [Labeled::default(); BATCH];
                for (slot, position) in batch.iter_mut().zip(positions) {
                    if let Some(Entry { labels, value: cells }) = self.entry(*position) {
                        *slot = Labeled { labels, value: value(cells) };
                    }
                }
                let mut len = positions.len();
                if had_removals() {
                    // The cells of a removed series may have been reused before they were read.
                    len = 0;
                    for (number, position) in positions.iter().enumerate() {
                        batch[len] = batch[number];
                        let is_present = self.entry(*position).is_some_and(|entry| !is_gone(entry.value.cells));
                        len += usize::from(is_present);
                    }
                }
                series(&batch[..len]);
            }
            if let Some(overflow) = overflow.filter(|overflow| !had_removals() || !is_gone(overflow.cells)) {
                series(&[Labeled { labels: OVERFLOW, value: value(*overflow) }]);
            }
        }
    }
}

/// Number of series per batch.
const BATCH: usize = 32;

impl fmt::Debug for DynamicTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicTable").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    /// A cell source that allocates the slots 0, 1, 2, … up to a limit.
    struct Numbers(AtomicU32, u32);

    impl Numbers {
        const fn new() -> Self {
            Numbers(AtomicU32::new(0), u32::MAX)
        }
    }

    impl CellSource for Numbers {
        fn allocate(&self) -> Option<CellRef> {
            let slot = self.0.fetch_add(1, Ordering::Relaxed);
            (slot < self.1).then_some(CellRef::new(slot, 1))
        }

        fn allocate_reserved(&self) -> CellRef {
            CellRef::new(1_000_000, 1)
        }

        fn free(&self, _: &[CellRef]) {}

        fn is_current(&self, _: CellRef) -> bool {
            true
        }
    }

    /// Returns the slot of the series of `user`.
    fn number(table: &DynamicTable, user: u32, limit: &SeriesLimit, numbers: &Numbers) -> u32 {
        table.get_or_create(&User(user), limit, numbers, SeriesCells::new).unwrap().slot()
    }

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
        let all_labels = |entries: &[Entry<'_>]| all.extend(entries.iter().map(|entry| entry.labels.to_owned()));
        table.for_each_batch(|cells| cells, || false, |_| false, all_labels);
        all
    }

    #[test]
    fn labels_stay_unique_while_the_table_grows() {
        let (table, numbers) = (DynamicTable::new(), Numbers::new());
        for user in (0..MANY).chain(0..MANY) {
            assert_eq!(number(&table, user, &UNLIMITED, &numbers), user);
        }
        let mut expected: Vec<_> = (0..MANY).map(|user| format!("user=\"{user}\"")).collect();
        expected.sort();
        assert_eq!(labels(&table), expected);
    }

    #[test]
    fn series_beyond_the_limit_share_the_overflow_series() {
        let (table, numbers) = (DynamicTable::new(), Numbers::new());
        let limit = SeriesLimit::new(Some(2));
        for user in [7, 3, 9, 5, 3] {
            number(&table, user, &limit, &numbers);
        }
        assert_eq!(labels(&table), ["ops_overflow=\"true\"", "user=\"3\"", "user=\"7\""]);
        assert_eq!((limit.overflowed(), limit.found_no_space()), (2, false));
    }

    #[test]
    fn series_without_cell_space_share_the_overflow_series() {
        let (table, numbers) = (DynamicTable::new(), Numbers(AtomicU32::new(0), 2));
        let numbers = [7, 3, 9, 5, 3].map(|user| number(&table, user, &UNLIMITED, &numbers));
        assert_eq!(numbers, [0, 1, 1_000_000, 1_000_000, 1]);
        assert_eq!(labels(&table), ["ops_overflow=\"true\"", "user=\"3\"", "user=\"7\""]);
    }

    #[test]
    fn raised_default_limit_does_not_affect_declared_limit() {
        let (table, numbers) = (DynamicTable::new(), Numbers::new());
        let (default, declared) = (SeriesLimit::new(None), SeriesLimit::new(Some(1)));
        for (max_series, user) in [(1, 1), (1, 2), (2, 3)] {
            default.set_default(max_series);
            declared.set_default(max_series);
            number(&table, user, &default, &numbers);
        }
        assert_eq!(labels(&table), ["ops_overflow=\"true\"", "user=\"1\"", "user=\"3\""]);
        assert_eq!(declared.get(), 1);
    }

    #[test]
    fn removed_series_is_not_found_and_does_not_count_toward_the_limit() {
        let (table, numbers) = (DynamicTable::new(), Numbers::new());
        let limit = SeriesLimit::new(Some(1));
        let first = number(&table, 1, &limit, &numbers);
        assert_eq!(table.remove(&User(1)).unwrap().map(|cells| cells.slot()), Some(first));
        assert_eq!((table.remove(&User(1)).unwrap(), table.get(&User(1))), (None, None));
        assert_ne!(number(&table, 2, &limit, &numbers), first);
        assert_eq!(limit.overflowed(), 0);
    }

    #[test]
    fn concurrently_removed_series_is_returned_once() {
        let (table, numbers) = (DynamicTable::new(), Numbers::new());
        (0..2).for_each(|user| _ = number(&table, user, &UNLIMITED, &numbers));
        let mut by_labels = Vec::new();
        let removed = table.remove_all(|_| {
            by_labels.extend(table.remove(&User(0)).unwrap());
            true
        });
        let slots = |cells: &[CellRef]| cells.iter().map(|cells| cells.slot()).collect::<Vec<_>>();
        assert_eq!((slots(&by_labels), slots(&removed.unwrap())), (vec![0], vec![1]));
    }

    #[test]
    fn rebuilt_table_contains_the_remaining_series() {
        let (table, numbers) = (DynamicTable::new(), Numbers::new());
        for user in 0..200 {
            number(&table, user, &UNLIMITED, &numbers);
        }
        let removed = table.remove_all(|cells| cells.slot() % 10 != 0).unwrap();
        assert_eq!((removed.len(), table.is_sparse()), (180, true));
        let mut rebuilt = None;
        table.rebuild(|table| rebuilt = Some(table));
        let rebuilt = rebuilt.unwrap();
        assert_eq!((labels(&rebuilt).len(), rebuilt.is_sparse()), (20, false));
        assert_eq!([20, 21].map(|user| rebuilt.get(&User(user)).map(|cells| cells.slot())), [Some(20), None]);
        assert_eq!(table.get_or_create(&User(500), &UNLIMITED, &numbers, SeriesCells::new), None);
        assert!(table.remove(&User(20)).is_err());
    }

    #[test]
    #[cfg_attr(miri, ignore = "slow under Miri: writes many long labels, in safe code")]
    fn series_with_too_long_labels_share_the_overflow_series() {
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

        let (table, numbers, limit) = (DynamicTable::new(), Numbers::new(), SeriesLimit::new(Some(9)));
        let number = |labels| table.get_or_create(&Long(labels), &limit, &numbers, SeriesCells::new).unwrap().slot();
        assert_eq!([60, 70, 80, 60].map(number), [0, 1, 1, 0]);
        assert_eq!((labels(&table)[1].as_str(), limit.overflowed()), (OVERFLOW, 2));
    }

    #[test]
    fn concurrent_creation_yields_one_entry_per_series() {
        let (table, numbers) = (DynamicTable::new(), Numbers::new());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for user in 0..MANY {
                        number(&table, user, &UNLIMITED, &numbers);
                    }
                });
            }
        });
        assert_eq!(numbers.0.into_inner(), MANY);
        assert_eq!(labels(&table).len(), MANY as usize);
    }
}
