//! The series of a dynamic label set, which appear as their labels are first used and may be removed.

use super::dynamic_table::DynamicTable;
use super::labelled::{Entry, Labelled};
use super::series_limit::SeriesLimit;
use super::series_options::SeriesOptions;
use crate::metric::cells::slots;
use crate::metric::labels::Labels;
use crate::unwind::IgnorePoison;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

/// The series of a dynamic label set, each with the first of its slots.
///
/// As long as none is taken out, they are found without a lock. From the first removal on, and from the start where
/// idle ones expire, they are found under one that only a removal takes for itself.
#[derive(Debug)]
pub(crate) struct DynamicFamily {
    limit: SeriesLimit,
    /// The time after which an idle series is removed.
    ttl: Option<Duration>,
    /// The table as long as no series is removed.
    append_only: OnceLock<Box<DynamicTable>>,
    /// The table from the first removal on.
    removable: OnceLock<Box<RemovableTable>>,
}

/// A table from which series are removed.
#[derive(Debug)]
struct RemovableTable {
    /// Replaced as series are taken out, so that who shows them holds no lock meanwhile.
    table: RwLock<Arc<DynamicTable>>,
    /// By slot: what was read last, and since when it is so.
    idle: Mutex<HashMap<u32, (u64, Instant)>>,
    /// How often series were taken out.
    removals: AtomicU64,
}

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

    /// The first of the slots of the series with these labels, which `allocate` gives if it is not there.
    #[inline(always)]
    pub(crate) fn slot<K: Labels>(&self, labels: &K, allocate: impl FnOnce() -> u32) -> u32 {
        match (self.removable.get(), self.append_only.get()) {
            (None, Some(append_only)) => append_only.get_or_make(labels, &self.limit, allocate),
            _ => self.slow_slot(labels, allocate),
        }
    }

    /// The same, where series come and go, and where there are none yet.
    #[inline(never)]
    fn slow_slot<K: Labels>(&self, labels: &K, allocate: impl FnOnce() -> u32) -> u32 {
        let removable = self.removable().map(RemovableTable::read);
        let table = removable.as_deref().map_or_else(|| self.append_only(), Arc::as_ref);
        table.get_or_make(labels, &self.limit, allocate)
    }

    /// Hands over each series, by labels: those, and the first of its slots.
    pub(crate) fn for_each(&self, mut series: impl FnMut(&str, u32)) {
        self.for_each_few(|slot| slot, |entries| entries.iter().for_each(|entry| series(entry.labels, entry.slot())));
    }

    /// Hands over the series, by labels, a few at once, each with what `value` gives for the first of its slots.
    pub(crate) fn for_each_few<V: Copy + Default>(
        &self,
        value: impl FnMut(u32) -> V,
        series: impl FnMut(&[Labelled<'_, V>]),
    ) {
        match self.removable() {
            None => self.append_only().for_each_few(value, series),
            Some(removable) => {
                let table = removable.read().clone();
                table.for_each_few(value, series);
            }
        }
    }

    /// Sets the series limit of a family that declares none.
    pub(crate) fn set_default_max_series(&self, max_series: u32) {
        self.limit.set_default(max_series);
    }

    /// How often a series was asked for past the limit.
    pub(crate) fn overflowed(&self) -> u64 {
        match self.removable() {
            None => self.append_only.get().map_or(0, |table| table.overflowed()),
            Some(removable) => removable.read().overflowed(),
        }
    }

    /// How often series were taken out: what is kept by slot is of other series after that.
    pub(crate) fn removals(&self) -> u64 {
        self.removable.get().map_or(0, |removable| removable.removals.load(Ordering::Acquire))
    }

    /// Takes out the series with these labels, of `width` slots; whether it was there.
    pub(crate) fn remove<K: Labels>(&self, labels: &K, width: u32, now: Instant) -> bool {
        let removable = self.make_removable();
        let Some(slot) = removable.read().get(labels) else { return false };
        removable.retain(width, now, |entry| entry.slot() != slot);
        true
    }

    /// Takes out all series.
    pub(crate) fn clear(&self, width: u32, now: Instant) {
        self.make_removable().retain(width, now, |_| false);
    }

    /// Takes out the series in which nothing was counted for as long as it takes to expire; `mark` is what tells two
    /// moments of a series apart.
    pub(crate) fn expire(&self, width: u32, now: Instant, mark: impl Fn(u32) -> u64) {
        if let (Some(ttl), Some(removable)) = (self.ttl, self.removable()) {
            removable.expire(ttl, width, now, mark);
        }
    }

    #[inline]
    fn append_only(&self) -> &DynamicTable {
        self.append_only.get_or_init(|| Box::new(DynamicTable::new()))
    }

    #[inline]
    fn removable(&self) -> Option<&RemovableTable> {
        match self.removable.get() {
            None if self.ttl.is_some() => Some(self.make_removable()),
            removable => removable.map(Box::as_ref),
        }
    }

    /// From now on series may be taken out. The table that is read without a lock stays as it is, for whoever is about to.
    #[cold]
    fn make_removable(&self) -> &RemovableTable {
        self.removable.get_or_init(|| {
            let table = match self.append_only.get() {
                Some(append_only) => append_only.rebuilt(|_| true),
                None => DynamicTable::new(),
            };
            Box::new(RemovableTable {
                table: RwLock::new(Arc::new(table)),
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

    fn retain(&self, width: u32, now: Instant, mut keep: impl FnMut(Entry<'_>) -> bool) {
        let mut removed = Vec::new();
        let mut table = self.table.write().ignore_poison();
        *table = Arc::new(table.rebuilt(|entry| {
            let kept = keep(entry);
            if !kept {
                removed.push(entry.slot());
            }
            kept
        }));
        drop(table);
        self.removals.fetch_add(1, Ordering::Release);
        let mut idle = self.idle.lock().ignore_poison();
        for slot in removed {
            idle.remove(&slot);
            slots::free(slot, width, now);
        }
    }

    fn expire(&self, ttl: Duration, width: u32, now: Instant, mark: impl Fn(u32) -> u64) {
        let mut expired = Vec::new();
        let mut idle = self.idle.lock().ignore_poison();
        self.read().for_each_few(
            |slot| slot,
            |entries| {
                entries.iter().for_each(|entry| {
                    let mark = mark(entry.slot());
                    let (last, since) = idle.entry(entry.slot()).or_insert((mark, now));
                    if *last != mark {
                        (*last, *since) = (mark, now);
                    } else if now.saturating_duration_since(*since) >= ttl {
                        expired.push(entry.slot());
                    }
                })
            },
        );
        drop(idle);
        if !expired.is_empty() {
            self.retain(width, now, |entry| !expired.contains(&entry.slot()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::cells::{Reader, thread_cells};
    use crate::metric::labels::{AttrLabels, attr};

    const HOUR: Duration = Duration::from_secs(3_600);

    fn slot_of(family: &DynamicFamily, user: u32) -> u32 {
        family.slot(&AttrLabels(&[attr("user", user)]), || slots::allocate(1))
    }

    fn users(family: &DynamicFamily) -> Vec<(String, u64)> {
        let (reader, mut users) = (Reader::new(), Vec::new());
        family.for_each(|labels, slot| users.push((labels.to_owned(), reader.total(slot))));
        users
    }

    #[test]
    fn a_series_that_was_taken_out_starts_again_at_0() {
        let family = DynamicFamily::new(SeriesOptions::new());
        thread_cells::add(slot_of(&family, 1), 5);
        thread_cells::add(slot_of(&family, 2), 7);
        assert!(family.remove(&AttrLabels(&[attr("user", 1)]), 1, Instant::now()));
        assert!(!family.remove(&AttrLabels(&[attr("user", 1)]), 1, Instant::now()));
        assert_eq!(users(&family), [("user=\"2\"".to_owned(), 7)]);
        thread_cells::add(slot_of(&family, 1), 1);
        assert_eq!(users(&family), [("user=\"1\"".to_owned(), 1), ("user=\"2\"".to_owned(), 7)]);
        family.clear(1, Instant::now());
        assert_eq!(users(&family), []);
    }

    #[test]
    fn series_are_made_and_taken_out_while_they_are_shown() {
        let family = DynamicFamily::new(SeriesOptions::new());
        for user in [1, 2] {
            slot_of(&family, user);
        }
        let remove = |user| family.remove(&AttrLabels(&[attr("user", user)]), 1, Instant::now());
        assert!(remove(1));
        let mut shown = Vec::new();
        family.for_each(|labels, _| {
            // Each of these takes the lock of those that change the table.
            assert!(remove(2));
            slot_of(&family, 3);
            shown.push(labels.to_owned());
        });
        assert_eq!(shown, ["user=\"2\""]);
        assert_eq!(users(&family), [("user=\"3\"".to_owned(), 0)]);
    }

    #[test]
    fn what_is_idle_for_long_enough_expires_and_what_is_not_stays() {
        let family = DynamicFamily::new(SeriesOptions { ttl: Some(HOUR), ..SeriesOptions::new() });
        let start = Instant::now();
        let expire = |at| family.expire(1, at, |slot| Reader::new().mark(slot));
        thread_cells::add(slot_of(&family, 1), 1);
        thread_cells::add(slot_of(&family, 2), 1);
        expire(start);
        thread_cells::add(slot_of(&family, 2), 1);
        expire(start + HOUR / 2);
        expire(start + HOUR);
        assert_eq!(users(&family), [("user=\"2\"".to_owned(), 2)]);
        expire(start + HOUR / 2 + HOUR);
        assert_eq!(users(&family), []);
    }

    #[test]
    fn series_that_come_and_go_take_the_slots_of_those_that_went() {
        let family = DynamicFamily::new(SeriesOptions { ttl: Some(HOUR), ..SeriesOptions::new() });
        let mut now = Instant::now();
        let mut slots = std::collections::HashSet::new();
        for user in 0..100 {
            slots.insert(family.slot(&AttrLabels(&[attr("user", user)]), || slots::allocate_at(77, now)));
            family.clear(77, now);
            now += HOUR;
        }
        assert!(slots.len() <= 2, "{}", slots.len());
    }
}
