//! A SwissTable-style hash index of the entries of a table: lock-free lookups, one writer at a time.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// A hash index with linear probing over groups of eight entries.
#[derive(Debug)]
pub(super) struct Index {
    /// The length is a power of two.
    groups: Box<[Group]>,
}

/// Eight entries, whose tags are compared in one operation.
#[derive(Debug, Default)]
struct Group {
    /// One tag byte per entry: 8 bits of its hash, 0 if it is vacant, [`REMOVED`] for a tombstone.
    tags: AtomicU64,
    entries: [AtomicU32; GROUP],
}

impl Group {
    /// Returns a bit mask with the highest bit of each byte that equals `tag`.
    ///
    /// The lowest set bit is exact; higher ones may be false positives.
    #[inline(always)]
    fn with_tag(&self, tag: u8) -> u64 {
        zeros(self.tags.load(Ordering::Acquire) ^ (u64::from(tag) * LOWEST))
    }

    /// Returns the entry of the lowest set bit in a bit mask.
    #[inline(always)]
    fn entry(&self, bits: u64) -> u32 {
        self.entries[first(bits)].load(Ordering::Relaxed)
    }

    fn has_room(&self) -> bool {
        zeros(self.tags.load(Ordering::Acquire)) != 0
    }
}

const GROUP: usize = 8;
/// Tag of a tombstone.
const REMOVED: u8 = 1;
/// Maximum number of groups (40 KiB) of an index with the lower load factor, which is faster.
const SMALL: usize = 1 << 10;
/// The lowest and the highest bit of each byte.
const LOWEST: u64 = u64::from_ne_bytes([1; GROUP]);
const HIGHEST: u64 = LOWEST << 7;

impl Index {
    /// Creates an index with this number of groups, which must be a power of two.
    pub(super) fn new(groups: usize) -> Self {
        Index { groups: (0..groups).map(|_| Group::default()).collect() }
    }

    /// Creates an index of twice the size with the same entries; `hash` returns the hash of an entry.
    pub(super) fn doubled(&self, hash: impl Fn(u32) -> Option<u32>) -> Self {
        let doubled = Index::new(2 * self.groups.len());
        for entry in self.entries() {
            if let Some(hash) = hash(entry) {
                doubled.add(hash, entry);
            }
        }
        doubled
    }

    /// Returns `true` if this number of entries does not exceed the load factor.
    ///
    /// At this load, nearly all entries are in the first group that is probed.
    pub(super) fn has_room_for(&self, entries: u32) -> bool {
        let free = if self.groups.len() <= SMALL { GROUP / 4 } else { GROUP / 8 };
        entries as usize <= self.groups.len() * (GROUP - free)
    }

    /// Adds an entry. The caller must ensure that there is room and that there is no concurrent writer.
    pub(super) fn add(&self, hash: u32, entry: u32) {
        let (mut at, tag) = (hash as usize, tag(hash));
        let (group, tags, free) = loop {
            let group = self.group(at);
            let tags = group.tags.load(Ordering::Relaxed);
            match zeros(tags) {
                0 => at += 1,
                free => break (group, tags, first(free)),
            }
        };
        group.entries[free].store(entry, Ordering::Relaxed);
        // Release: a reader that sees the tag also sees the entry.
        group.tags.store(tags | u64::from(tag) << (8 * free), Ordering::Release);
    }

    /// Replaces an entry with a tombstone. Returns `true` if the entry existed.
    ///
    /// Concurrent lookups may still find it. Tombstones are never reused.
    pub(super) fn remove(&self, hash: u32, entry: u32) -> bool {
        let mut at = hash as usize;
        loop {
            let group = self.group(at);
            let tags = group.tags.load(Ordering::Relaxed);
            let is_entry = |nth: &usize| {
                (tags >> (8 * nth)) as u8 == tag(hash) && group.entries[*nth].load(Ordering::Relaxed) == entry
            };
            if let Some(nth) = (0..GROUP).find(is_entry) {
                let cleared = tags & !(0xff << (8 * nth));
                group.tags.store(cleared | u64::from(REMOVED) << (8 * nth), Ordering::Release);
                return true;
            }
            if group.has_room() {
                return false;
            }
            at += 1;
        }
    }

    /// Returns the first candidate for a hash, which is most likely the entry, if it is in the first group.
    #[inline(always)]
    pub(super) fn likely(&self, hash: u32) -> Option<u32> {
        let group = self.group(hash as usize);
        let same = group.with_tag(tag(hash));
        (same != 0).then(|| group.entry(same))
    }

    /// Calls `try_entry` with each candidate for a hash. Returns its first `Some`.
    pub(super) fn find<T>(&self, hash: u32, try_entry: impl Fn(u32) -> Option<T>) -> Option<T> {
        let mut at = hash as usize;
        loop {
            let group = self.group(at);
            let mut same = group.with_tag(tag(hash));
            while same != 0 {
                let found = try_entry(group.entry(same));
                if found.is_some() {
                    return found;
                }
                same &= same - 1;
            }
            if group.has_room() {
                return None;
            }
            at += 1;
        }
    }

    /// Returns all entries, in no particular order.
    pub(super) fn entries(&self) -> impl Iterator<Item = u32> {
        self.groups.iter().flat_map(|group| {
            let tags = group.tags.load(Ordering::Acquire);
            let is_present = move |at: &usize| (tags >> (8 * at)) as u8 > REMOVED;
            (0..GROUP).filter(is_present).map(|at| group.entries[at].load(Ordering::Relaxed))
        })
    }

    #[inline(always)]
    fn group(&self, at: usize) -> &Group {
        &self.groups[at & (self.groups.len() - 1)]
    }
}

/// Returns the tag for a hash, which is neither 0 nor [`REMOVED`].
///
/// Other bits of the hash select the group.
#[inline(always)]
fn tag(hash: u32) -> u8 {
    ((hash >> 24) as u8).max(REMOVED + 1)
}

/// Returns a bit mask with the highest bit of each zero byte.
///
/// The lowest set bit is exact; above it, the bit of a byte with the value 1 may be set as well.
#[inline(always)]
fn zeros(bytes: u64) -> u64 {
    bytes.wrapping_sub(LOWEST) & !bytes & HIGHEST
}

/// Returns the number of the byte with the lowest set bit.
#[inline(always)]
fn first(bits: u64) -> usize {
    // At most 7; the remainder lets the compiler elide bounds checks.
    (bits.trailing_zeros() / 8) as usize % GROUP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_entries_with_colliding_hashes() {
        // All hashes select the same group; there are only three different tags.
        let hash = |entry: u32| (entry % 3) << 24;
        let index = Index::new(4);
        for entry in 0..24 {
            assert!(index.has_room_for(entry + 1));
            index.add(hash(entry), entry);
        }
        assert!(!index.has_room_for(25));
        let doubled = index.doubled(|entry| Some(hash(entry)));
        for index in [&index, &doubled] {
            for entry in 0..24 {
                assert_eq!(index.find(hash(entry), |found| (found == entry).then_some(found)), Some(entry));
            }
            assert_eq!(index.find(hash(0), |_| None::<()>), None);
            let mut entries: Vec<_> = index.entries().collect();
            entries.sort();
            assert_eq!(entries, (0..24).collect::<Vec<_>>());
        }
    }

    #[test]
    fn removed_entries_are_not_found_and_do_not_end_probing() {
        let index = Index::new(2);
        (0..12).for_each(|entry| index.add(0, entry));
        assert_eq!([0, 5, 11, 5].map(|entry| index.remove(0, entry)), [true, true, true, false]);
        for entry in 0..12 {
            let found = index.find(0, |found| (found == entry).then_some(found));
            assert_eq!(found, (![0, 5, 11].contains(&entry)).then_some(entry), "{entry}");
        }
        assert_eq!(index.entries().count(), 9);
    }
}
