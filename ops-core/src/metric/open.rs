//! The series of a label set that is open.

use super::entries::Entry;
use super::instrument::Labelled;
use super::labels::Labels;
use super::slots;
use super::table::Table;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

/// The series of a label set that is open, each with the first of its slots.
///
/// As long as none is taken out, they are found without a lock. From the first removal on, and from the start where
/// idle ones expire, they are found under one that only a removal takes for itself.
#[derive(Debug)]
pub(crate) struct OpenFamily {
    limit: Option<u32>,
    expire: Option<Duration>,
    fixed: OnceLock<Box<Table>>,
    changing: OnceLock<Box<Changing>>,
}

/// Series that come and go.
#[derive(Debug)]
struct Changing {
    /// Replaced as series are taken out, so that who shows them holds no lock meanwhile.
    table: RwLock<Arc<Table>>,
    /// By slot: what was read last, and since when it is so.
    idle: Mutex<HashMap<u32, (u64, Instant)>>,
    /// How often series were taken out.
    removals: AtomicU64,
}

impl OpenFamily {
    pub(crate) const fn new(limit: Option<u32>, expire: Option<Duration>) -> Self {
        OpenFamily { limit, expire, fixed: OnceLock::new(), changing: OnceLock::new() }
    }

    /// The first of the slots of the series with these labels, which `allocate` gives if it is not there.
    #[inline(always)]
    pub(crate) fn slot<K: Labels>(&self, labels: &K, allocate: impl FnOnce() -> u32) -> u32 {
        match (self.changing.get(), self.fixed.get()) {
            (None, Some(fixed)) => fixed.get_or_make(labels, allocate),
            _ => self.slow_slot(labels, allocate),
        }
    }

    /// The same, where series come and go, and where there are none yet.
    #[inline(never)]
    fn slow_slot<K: Labels>(&self, labels: &K, allocate: impl FnOnce() -> u32) -> u32 {
        let changing = self.changing().map(Changing::read);
        let table = changing.as_deref().map_or_else(|| self.fixed(), Arc::as_ref);
        table.get_or_make(labels, allocate)
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
        match self.changing() {
            None => self.fixed().for_each_few(value, series),
            Some(changing) => {
                let table = changing.read().clone();
                table.for_each_few(value, series);
            }
        }
    }

    /// How often a series was asked for past the limit.
    pub(crate) fn overflowed(&self) -> u64 {
        match self.changing() {
            None => self.fixed.get().map_or(0, |table| table.overflowed()),
            Some(changing) => changing.read().overflowed(),
        }
    }

    /// How often series were taken out: what is kept by slot is of other series after that.
    pub(crate) fn removals(&self) -> u64 {
        self.changing.get().map_or(0, |changing| changing.removals.load(Ordering::Acquire))
    }

    /// Takes out the series with these labels, of `width` slots; whether it was there.
    pub(crate) fn remove<K: Labels>(&self, labels: &K, width: u32, now: Instant) -> bool {
        let changing = self.make_changing();
        let Some(slot) = changing.read().get(labels) else { return false };
        changing.retain(width, now, |entry| entry.slot() != slot);
        true
    }

    /// Takes out all series.
    pub(crate) fn clear(&self, width: u32, now: Instant) {
        self.make_changing().retain(width, now, |_| false);
    }

    /// Takes out the series in which nothing was counted for as long as it takes to expire; `mark` is what tells two
    /// moments of a series apart.
    pub(crate) fn expire(&self, width: u32, now: Instant, mark: impl Fn(u32) -> u64) {
        if let (Some(expire), Some(changing)) = (self.expire, self.changing()) {
            changing.expire(expire, width, now, mark);
        }
    }

    #[inline]
    fn fixed(&self) -> &Table {
        self.fixed.get_or_init(|| Box::new(Table::new(self.limit)))
    }

    #[inline]
    fn changing(&self) -> Option<&Changing> {
        match self.changing.get() {
            None if self.expire.is_some() => Some(self.make_changing()),
            changing => changing.map(Box::as_ref),
        }
    }

    /// From now on series may be taken out. The table that is read without a lock stays as it is, for whoever is about to.
    #[cold]
    fn make_changing(&self) -> &Changing {
        self.changing.get_or_init(|| {
            let table = match self.fixed.get() {
                Some(fixed) => fixed.rebuilt(|_| true),
                None => Table::new(self.limit),
            };
            Box::new(Changing {
                table: RwLock::new(Arc::new(table)),
                idle: Mutex::default(),
                removals: AtomicU64::new(0),
            })
        })
    }
}

impl Changing {
    fn read(&self) -> RwLockReadGuard<'_, Arc<Table>> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn retain(&self, width: u32, now: Instant, mut keep: impl FnMut(Entry<'_>) -> bool) {
        let mut removed = Vec::new();
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        *table = Arc::new(table.rebuilt(|entry| {
            let kept = keep(entry);
            if !kept {
                removed.push(entry.slot());
            }
            kept
        }));
        drop(table);
        self.removals.fetch_add(1, Ordering::Release);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        for slot in removed {
            idle.remove(&slot);
            slots::free(slot, width, now);
        }
    }

    fn expire(&self, after: Duration, width: u32, now: Instant, mark: impl Fn(u32) -> u64) {
        let mut expired = Vec::new();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        self.read().for_each_few(
            |slot| slot,
            |entries| {
                entries.iter().for_each(|entry| {
                    let mark = mark(entry.slot());
                    let (last, since) = idle.entry(entry.slot()).or_insert((mark, now));
                    if *last != mark {
                        (*last, *since) = (mark, now);
                    } else if now.saturating_duration_since(*since) >= after {
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
    use crate::metric::{AttrLabels, Reader, attr, shard};

    const HOUR: Duration = Duration::from_secs(3_600);

    fn slot_of(family: &OpenFamily, user: u32) -> u32 {
        family.slot(&AttrLabels(&[attr("user", user)]), || slots::allocate(1))
    }

    fn users(family: &OpenFamily) -> Vec<(String, u64)> {
        let (reader, mut users) = (Reader::new(), Vec::new());
        family.for_each(|labels, slot| users.push((labels.to_owned(), reader.total(slot))));
        users
    }

    #[test]
    fn a_series_that_was_taken_out_starts_again_at_0() {
        let family = OpenFamily::new(None, None);
        shard::add(slot_of(&family, 1), 5);
        shard::add(slot_of(&family, 2), 7);
        assert!(family.remove(&AttrLabels(&[attr("user", 1)]), 1, Instant::now()));
        assert!(!family.remove(&AttrLabels(&[attr("user", 1)]), 1, Instant::now()));
        assert_eq!(users(&family), [("user=\"2\"".to_owned(), 7)]);
        shard::add(slot_of(&family, 1), 1);
        assert_eq!(users(&family), [("user=\"1\"".to_owned(), 1), ("user=\"2\"".to_owned(), 7)]);
        family.clear(1, Instant::now());
        assert_eq!(users(&family), []);
    }

    #[test]
    fn series_are_made_and_taken_out_while_they_are_shown() {
        let family = OpenFamily::new(None, None);
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
        let family = OpenFamily::new(None, Some(HOUR));
        let start = Instant::now();
        let expire = |at| family.expire(1, at, |slot| Reader::new().mark(slot));
        shard::add(slot_of(&family, 1), 1);
        shard::add(slot_of(&family, 2), 1);
        expire(start);
        shard::add(slot_of(&family, 2), 1);
        expire(start + HOUR / 2);
        expire(start + HOUR);
        assert_eq!(users(&family), [("user=\"2\"".to_owned(), 2)]);
        expire(start + HOUR / 2 + HOUR);
        assert_eq!(users(&family), []);
    }

    #[test]
    fn series_that_come_and_go_take_the_slots_of_those_that_went() {
        let family = OpenFamily::new(None, Some(HOUR));
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
