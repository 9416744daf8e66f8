//! The series of a dynamic label set, which appear as their labels are first used and may be removed.

use super::cell_source::CellSource;
use super::dynamic_table::{DynamicTable, Interrupted};
use super::labelled::{Labelled, SeriesCells};
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

/// The series of a dynamic label set, each with its cells.
///
/// As long as none is removed, they are found without a lock. From the first removal on, and from the start where idle ones
/// expire, they are found under one that is taken exclusively only for a moment, to put a rebuilt table in place.
#[derive(Debug)]
pub(crate) struct DynamicFamily {
    limit: SeriesLimit,
    /// The time after which an idle series is removed.
    ttl: Option<Duration>,
    /// The table as long as no series is removed.
    append_only: OnceLock<Arc<DynamicTable>>,
    /// The table from the first removal on.
    removable: OnceLock<Box<RemovableTable>>,
}

/// A table from which series are removed.
#[derive(Debug)]
struct RemovableTable {
    /// Replaced when most of it was removed.
    table: RwLock<Arc<DynamicTable>>,
    idle: Mutex<Idle>,
    /// How often series were removed.
    removals: AtomicU64,
}

/// By series: its activity at the last scrape, and since when it is that.
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

    /// Returns the cells of the series with these labels, and creates it with cells of `source` if it does not exist.
    #[inline(always)]
    pub(crate) fn cells<K: Labels>(&self, labels: &K, source: &impl CellSource) -> CellRef {
        if let (None, Some(append_only)) = (self.removable.get(), self.append_only.get()) {
            if let Some(cells) = append_only.get(labels) {
                return cells;
            }
        }
        self.slow_cells(labels, source)
    }

    /// The same, where series come and go, and where there are none yet.
    #[inline(never)]
    fn slow_cells<K: Labels>(&self, labels: &K, source: &impl CellSource) -> CellRef {
        loop {
            let cells = match self.removable() {
                None => self.append_only().get_or_make(labels, &self.limit, source, SeriesCells::new),
                Some(removable) => removable.get_or_make(labels, &self.limit, source),
            };
            // Another table came in place of the one that was asked.
            if let Some(cells) = cells {
                return cells;
            }
        }
    }

    /// Hands over each series, by labels: those, and its cells.
    pub(crate) fn for_each(&self, source: &impl CellSource, mut series: impl FnMut(&str, SeriesCells)) {
        let each = |few: &[Labelled<'_, SeriesCells>]| few.iter().for_each(|one| series(one.labels, one.value));
        self.for_each_few(source, |cells| cells, each);
    }

    /// Hands over the series, by labels, a few at once, each with what `value` returns for its cells.
    pub(crate) fn for_each_few<V: Copy + Default>(
        &self,
        source: &impl CellSource,
        value: impl FnMut(SeriesCells) -> V,
        series: impl FnMut(&[Labelled<'_, V>]),
    ) {
        let table = match self.removable() {
            None => self.append_only().clone(),
            Some(removable) => removable.read().clone(),
        };
        // Of cells that are of another series by now, the value may be as well.
        table.for_each_few(value, || self.removals() > 0, |cells| !source.is_current(cells), series);
    }

    /// The limit of the number of series.
    pub(crate) fn limit(&self) -> &SeriesLimit {
        &self.limit
    }

    /// How often series were removed.
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
        removable.end(removed.as_slice(), source);
        removable.rebuild_sparse();
        removed.is_some()
    }

    /// Removes all series, including the overflow series.
    pub(crate) fn clear(&self, source: &impl CellSource) {
        let removable = self.make_removable();
        let table = removable.read().clone();
        let removed = table.replace_by_empty(|empty| removable.replace(empty));
        removable.end(&removed, source);
    }

    /// Removes the series that were idle for the time after which they expire. `activity` returns a number that changes with
    /// each update of a series, and `true` if something holds it.
    pub(crate) fn expire(&self, source: &impl CellSource, now: Instant, activity: impl Fn(CellRef) -> (u64, bool)) {
        if let (Some(ttl), Some(removable)) = (self.ttl, self.removable()) {
            removable.expire(ttl, source, now, activity);
        }
    }

    /// Returns the cells of all series, before the family is dropped.
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

    /// From now on series may be removed.
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

    /// Replaces the table. Readers keep the previous one by reference count.
    fn replace(&self, table: DynamicTable) {
        *self.table.write().ignore_poison() = Arc::new(table);
    }

    fn get_or_make<K: Labels>(&self, labels: &K, limit: &SeriesLimit, source: &impl CellSource) -> Option<CellRef> {
        if let Some(cells) = self.read().get(labels) {
            return Some(cells);
        }
        // Lock order: a rebuild locks the counts of the table first and `table` second, so `table` is not held here.
        let table = self.read().clone();
        let begin = |cells| match self.removals.load(Ordering::Relaxed) {
            0 => SeriesCells::new(cells),
            _ => SeriesCells::beginning_now(cells),
        };
        table.get_or_make(labels, limit, source, begin)
    }

    /// Frees the cells of removed series.
    fn end(&self, removed: &[CellRef], source: &impl CellSource) {
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
            // Of those that went, nothing is remembered.
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
        self.end(&removed, source);
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

    fn shown(users: &[(u32, u64)]) -> Vec<(String, u64)> {
        users.iter().map(|(user, total)| (format!("user=\"{user}\""), *total)).collect()
    }

    #[test]
    fn a_removed_series_starts_again_at_0() {
        let family = DynamicFamily::new(SeriesOptions::new());
        thread_cells::add(cells_of(&family, 1), 5);
        thread_cells::add(cells_of(&family, 2), 7);
        assert!(remove(&family, 1) && !remove(&family, 1));
        assert_eq!(users(&family), shown(&[(2, 7)]));
        thread_cells::add(cells_of(&family, 1), 1);
        assert_eq!(users(&family), shown(&[(1, 1), (2, 7)]));
        family.clear(&SOURCE);
        assert_eq!(users(&family), []);
    }

    #[test]
    fn a_handle_of_a_removed_series_counts_nowhere() {
        let family = DynamicFamily::new(SeriesOptions::new());
        let stale = cells_of(&family, 1);
        thread_cells::add(stale, 5);
        assert!(remove(&family, 1));
        let reused = cells_of(&family, 2);
        assert_eq!(reused.slot(), stale.slot(), "the space is used again");
        thread_cells::add(stale, 7);
        assert_eq!(users(&family), shown(&[(2, 0)]));
        thread_cells::add(reused, 1);
        std::thread::spawn(move || thread_cells::add(stale, 9)).join().unwrap();
        assert_eq!(users(&family), shown(&[(2, 1)]));
    }

    #[test]
    fn series_are_made_and_removed_while_they_are_read() {
        let family = DynamicFamily::new(SeriesOptions::new());
        for user in [1, 2] {
            cells_of(&family, user);
        }
        assert!(remove(&family, 1));
        let mut shown_users = Vec::new();
        family.for_each(&SOURCE, |labels, _| {
            // Each of these takes the lock of those that change the table.
            assert!(remove(&family, 2));
            cells_of(&family, 3);
            shown_users.push(labels.to_owned());
        });
        assert_eq!(shown_users, ["user=\"2\""]);
        assert_eq!(users(&family), shown(&[(3, 0)]));
    }

    #[test]
    fn an_idle_series_expires_and_an_updated_one_stays() {
        let family = DynamicFamily::new(SeriesOptions { ttl: Some(HOUR), ..SeriesOptions::new() });
        let start = Instant::now();
        thread_cells::add(cells_of(&family, 1), 1);
        thread_cells::add(cells_of(&family, 2), 1);
        expire(&family, start);
        thread_cells::add(cells_of(&family, 2), 0);
        expire(&family, start + HOUR / 2);
        expire(&family, start + HOUR);
        assert_eq!(users(&family), shown(&[(2, 1)]));
        expire(&family, start + HOUR / 2 + HOUR);
        assert_eq!(users(&family), []);
    }

    #[test]
    fn series_that_come_and_go_take_the_space_of_those_that_went() {
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
    fn a_table_of_which_most_was_removed_is_rebuilt() {
        let family = DynamicFamily::new(SeriesOptions::new());
        for user in 0..1_000 {
            thread_cells::add(cells_of(&family, user), 1);
            assert!(user == 500 || remove(&family, user));
        }
        assert_eq!(users(&family), shown(&[(500, 1)]));
        assert!(!family.removable.get().unwrap().read().is_sparse());
    }
}
