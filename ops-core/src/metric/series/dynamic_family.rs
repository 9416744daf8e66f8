//! The series of a dynamic label set: created on first use, removed explicitly or when idle.

use super::cell_source::CellSource;
use super::dynamic_table::{DynamicTable, Interrupted};
use super::labeled::{Labeled, SeriesCells};
use super::series_limit::SeriesLimit;
use super::series_options::SeriesOptions;
use crate::metric::cells::CellRef;
use crate::metric::labels::Labels;
use crate::unwind::IgnorePoison;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

/// The series of a dynamic label set with their cells.
///
/// Lookups are lock-free until the first removal. After it, or from the start if the family has a `ttl`, lookups take a read
/// lock; the write lock is held only to swap in a rebuilt table.
#[derive(Debug)]
pub(crate) struct DynamicFamily {
    limit: SeriesLimit,
    /// Idle time after which a series is removed.
    ttl: Option<Duration>,
    /// The table until the first removal.
    append_only: OnceLock<Arc<DynamicTable>>,
    /// The table since the first removal.
    removable: OnceLock<Box<RemovableTable>>,
}

/// A table that supports removal.
#[derive(Debug)]
struct RemovableTable {
    /// Replaced by a rebuilt table when most entries are tombstones.
    table: RwLock<Arc<DynamicTable>>,
    idle: Mutex<Idle>,
    /// Number of removals.
    removals: AtomicU64,
}

/// Activity of each series at the last scrape, and the time of its last change.
type Idle = HashMap<CellRef, (u64, Instant), RandomState>;

impl DynamicFamily {
    pub(crate) const fn new(options: SeriesOptions) -> Self {
        let SeriesOptions { max_series, ttl } = options;
        DynamicFamily {
            limit: SeriesLimit::new(max_series),
            ttl,
            append_only: OnceLock::new(),
            removable: OnceLock::new(),
        }
    }

    /// Returns the cells of the series with these labels, creating it if necessary.
    #[inline(always)]
    pub(crate) fn cells<K: Labels>(&self, labels: &K, source: &impl CellSource) -> CellRef {
        if let (None, Some(append_only)) = (self.removable.get(), self.append_only.get()) {
            if let Some(cells) = append_only.get(labels) {
                return cells;
            }
        }
        self.slow_cells(labels, source)
    }

    /// Slow path of [`cells`](Self::cells): the family is removable or has no such series yet.
    #[inline(never)]
    fn slow_cells<K: Labels>(&self, labels: &K, source: &impl CellSource) -> CellRef {
        loop {
            let cells = match self.removable() {
                None => self.append_only().get_or_create(labels, &self.limit, source, SeriesCells::new),
                Some(removable) => removable.get_or_create(labels, &self.limit, source),
            };
            // `None`: the table was replaced concurrently; retry with the new one.
            if let Some(cells) = cells {
                return cells;
            }
        }
    }

    /// Calls `series` with the labels and cells of each series, sorted by labels.
    pub(crate) fn for_each(&self, source: &impl CellSource, mut series: impl FnMut(&str, SeriesCells)) {
        let each =
            |batch: &[Labeled<'_, SeriesCells>]| batch.iter().for_each(|entry| series(entry.labels, entry.value));
        self.for_each_batch(source, |cells| cells, each);
    }

    /// Calls `series` with batches of series, sorted by labels; `value` reads the value of a series.
    pub(crate) fn for_each_batch<V: Copy + Default>(
        &self,
        source: &impl CellSource,
        value: impl FnMut(SeriesCells) -> V,
        series: impl FnMut(&[Labeled<'_, V>]),
    ) {
        let table = match self.removable() {
            None => self.append_only().clone(),
            Some(removable) => removable.read().clone(),
        };
        // If cells were recycled during the read, the value may belong to another series.
        table.for_each_batch(value, || self.removals() > 0, |cells| !source.is_current(cells), series);
    }

    /// Returns the series limit.
    pub(crate) fn limit(&self) -> &SeriesLimit {
        &self.limit
    }

    /// Returns the number of removals.
    pub(crate) fn removals(&self) -> u64 {
        self.removable.get().map_or(0, |removable| removable.removals.load(Ordering::Acquire))
    }

    /// Removes the series with these labels. Returns `true` if it existed.
    pub(crate) fn remove<K: Labels>(&self, labels: &K, source: &impl CellSource) -> bool {
        let removable = self.make_removable();
        let removed = loop {
            let table = removable.read().clone();
            if let Ok(removed) = table.remove(labels) {
                break removed;
            }
        };
        removable.free_removed(removed.as_slice(), source);
        removable.rebuild_sparse();
        removed.is_some()
    }

    /// Removes all series, including the overflow series.
    pub(crate) fn clear(&self, source: &impl CellSource) {
        let removable = self.make_removable();
        let table = removable.read().clone();
        let removed = table.replace_by_empty(|empty| removable.replace(empty));
        removable.free_removed(&removed, source);
    }

    /// Removes the series that have been idle for the `ttl`.
    ///
    /// `activity` returns a number that changes with each update of a series, and `true` if the series is in use.
    pub(crate) fn expire(&self, source: &impl CellSource, now: Instant, activity: impl Fn(CellRef) -> (u64, bool)) {
        if let (Some(ttl), Some(removable)) = (self.ttl, self.removable()) {
            removable.expire(ttl, source, now, activity);
        }
    }

    /// Frees the cells of all series, before the family is dropped.
    pub(crate) fn release(&mut self, source: &impl CellSource) {
        let removable = self.removable.take().map(|removable| removable.read().clone());
        if let Some(table) = removable.or_else(|| self.append_only.take()) {
            table.all_cells().into_iter().for_each(|cells| source.free_unheld(cells));
        }
    }

    fn append_only(&self) -> &Arc<DynamicTable> {
        self.append_only.get_or_init(|| Arc::new(DynamicTable::new()))
    }

    #[inline]
    fn removable(&self) -> Option<&RemovableTable> {
        match self.removable.get() {
            None if self.ttl.is_some() => Some(self.make_removable()),
            removable => removable.map(Box::as_ref),
        }
    }

    /// Switches to the removable table.
    #[cold]
    fn make_removable(&self) -> &RemovableTable {
        self.removable.get_or_init(|| {
            Box::new(RemovableTable {
                table: RwLock::new(self.append_only().clone()),
                idle: Mutex::default(),
                removals: AtomicU64::new(0),
            })
        })
    }
}

impl RemovableTable {
    fn read(&self) -> RwLockReadGuard<'_, Arc<DynamicTable>> {
        self.table.read().ignore_poison()
    }

    /// Replaces the table; concurrent readers keep the previous one alive by reference count.
    fn replace(&self, table: DynamicTable) {
        *self.table.write().ignore_poison() = Arc::new(table);
    }

    fn get_or_create<K: Labels>(&self, labels: &K, limit: &SeriesLimit, source: &impl CellSource) -> Option<CellRef> {
        if let Some(cells) = self.read().get(labels) {
            return Some(cells);
        }
        // Lock order: a rebuild locks the counts of the table first and `table` second, so `table` is not held here.
        let table = self.read().clone();
        let new_series = |cells| match self.removals.load(Ordering::Relaxed) {
            0 => SeriesCells::new(cells),
            _ => SeriesCells::starting_now(cells),
        };
        table.get_or_create(labels, limit, source, new_series)
    }

    /// Frees the cells of removed series.
    fn free_removed(&self, removed: &[CellRef], source: &impl CellSource) {
        if !removed.is_empty() {
            self.removals.fetch_add(1, Ordering::Release);
            source.free(removed);
        }
    }

    fn rebuild_sparse(&self) {
        let table = self.read().clone();
        if table.is_sparse() {
            table.rebuild(|rebuilt| self.replace(rebuilt));
        }
    }

    fn expire(&self, ttl: Duration, source: &impl CellSource, now: Instant, activity: impl Fn(CellRef) -> (u64, bool)) {
        let mut idle = self.idle.lock().ignore_poison();
        let table = self.read().clone();
        let mut present = Idle::default();
        let removed = table.remove_all(|cells| {
            let (active, is_held) = activity(cells);
            let (last, since) = idle.get(&cells).copied().unwrap_or((active, now));
            let since = if last != active || is_held { now } else { since };
            let is_expired = now.saturating_duration_since(since) >= ttl;
            if !is_expired {
                present.insert(cells, (active, since));
            }
            is_expired
        });
        let removed = match removed {
            // Forget the removed series.
            Ok(removed) => {
                *idle = present;
                removed
            }
            Err(Interrupted(removed)) => {
                idle.extend(present);
                removed
            }
        };
        drop(idle);
        self.free_removed(&removed, source);
        self.rebuild_sparse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::cells::{Layout, Reader, thread_cells};
    use crate::metric::labels::{AttrLabels, attr};

    const HOUR: Duration = Duration::from_secs(3_600);
    const SOURCE: Layout = Layout::COUNTER.recycled();

    fn cells_of(family: &DynamicFamily, user: u32) -> CellRef {
        family.cells(&AttrLabels(&[attr("user", user)]), &SOURCE)
    }

    fn remove(family: &DynamicFamily, user: u32) -> bool {
        family.remove(&AttrLabels(&[attr("user", user)]), &SOURCE)
    }

    fn expire(family: &DynamicFamily, at: Instant) {
        let reader = Reader::new();
        family.expire(&SOURCE, at, |cells| reader.activity(SOURCE, cells));
    }

    fn users(family: &DynamicFamily) -> Vec<(String, u64)> {
        let (reader, mut users) = (Reader::new(), Vec::new());
        family.for_each(&SOURCE, |labels, series| users.push((labels.to_owned(), reader.total(series.cells))));
        users
    }

    fn expected(users: &[(u32, u64)]) -> Vec<(String, u64)> {
        users.iter().map(|(user, total)| (format!("user=\"{user}\""), *total)).collect()
    }

    #[test]
    fn removed_series_restarts_at_zero() {
        let family = DynamicFamily::new(SeriesOptions::new());
        thread_cells::add(cells_of(&family, 1), 5);
        thread_cells::add(cells_of(&family, 2), 7);
        assert!(remove(&family, 1) && !remove(&family, 1));
        assert_eq!(users(&family), expected(&[(2, 7)]));
        thread_cells::add(cells_of(&family, 1), 1);
        assert_eq!(users(&family), expected(&[(1, 1), (2, 7)]));
        family.clear(&SOURCE);
        assert_eq!(users(&family), []);
    }

    #[test]
    fn updates_through_stale_handles_are_dropped() {
        let family = DynamicFamily::new(SeriesOptions::new());
        let stale = cells_of(&family, 1);
        thread_cells::add(stale, 5);
        assert!(remove(&family, 1));
        let reused = cells_of(&family, 2);
        assert_eq!(reused.slot(), stale.slot(), "cells were not reused");
        thread_cells::add(stale, 7);
        assert_eq!(users(&family), expected(&[(2, 0)]));
        thread_cells::add(reused, 1);
        std::thread::spawn(move || thread_cells::add(stale, 9)).join().unwrap();
        assert_eq!(users(&family), expected(&[(2, 1)]));
    }

    #[test]
    fn series_can_be_created_and_removed_during_iteration() {
        let family = DynamicFamily::new(SeriesOptions::new());
        for user in [1, 2] {
            cells_of(&family, user);
        }
        assert!(remove(&family, 1));
        let mut visited = Vec::new();
        family.for_each(&SOURCE, |labels, _| {
            // Both take the table lock, which the iteration must not hold.
            assert!(remove(&family, 2));
            cells_of(&family, 3);
            visited.push(labels.to_owned());
        });
        assert_eq!(visited, ["user=\"2\""]);
        assert_eq!(users(&family), expected(&[(3, 0)]));
    }

    #[test]
    fn idle_series_expire_and_updated_series_stay() {
        let family = DynamicFamily::new(SeriesOptions { ttl: Some(HOUR), ..SeriesOptions::new() });
        let start = Instant::now();
        thread_cells::add(cells_of(&family, 1), 1);
        thread_cells::add(cells_of(&family, 2), 1);
        expire(&family, start);
        thread_cells::add(cells_of(&family, 2), 0);
        expire(&family, start + HOUR / 2);
        expire(&family, start + HOUR);
        assert_eq!(users(&family), expected(&[(2, 1)]));
        expire(&family, start + HOUR / 2 + HOUR);
        assert_eq!(users(&family), []);
    }

    #[test]
    fn cells_of_removed_series_are_reused() {
        const WIDE: Layout = Layout::distribution(74, 0).recycled();
        let family = DynamicFamily::new(SeriesOptions { ttl: Some(HOUR), ..SeriesOptions::new() });
        let mut slots = std::collections::HashSet::new();
        for user in 0..100 {
            slots.insert(family.cells(&AttrLabels(&[attr("user", user)]), &WIDE).slot());
            family.clear(&WIDE);
        }
        assert!(slots.len() <= 2, "{}", slots.len());
    }

    #[test]
    fn sparse_table_is_rebuilt() {
        let family = DynamicFamily::new(SeriesOptions::new());
        for user in 0..1_000 {
            thread_cells::add(cells_of(&family, user), 1);
            assert!(user == 500 || remove(&family, user));
        }
        assert_eq!(users(&family), expected(&[(500, 1)]));
        assert!(!family.removable.get().unwrap().read().is_sparse());
    }
}
