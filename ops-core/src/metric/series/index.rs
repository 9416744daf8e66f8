//! Where entries are, by their hashes: found without a lock, added by one thread at a time.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Places for entries, in groups that are looked through eight at once.
#[derive(Debug)]
pub(super) struct Index {
    /// As many as a power of two.
    groups: Box<[Group]>,
}

/// Eight places.
#[derive(Debug, Default)]
struct Group {
    /// Eight bits of the hash of each entry, a byte each; 0 where there is none, and [`REMOVED`] where there was one.
    tags: AtomicU64,
    entries: [AtomicU32; GROUP],
}

impl Group {
    /// The highest bit of each byte whose entry has this tag: exact for the lowest of them.
    #[inline(always)]
    fn with_tag(&self, tag: u8) -> u64 {
        zeros(self.tags.load(Ordering::Acquire) ^ (u64::from(tag) * LOWEST))
    }

    /// The entry of the first byte that has a bit.
    #[inline(always)]
    fn entry(&self, bits: u64) -> u32 {
        self.entries[first(bits)].load(Ordering::Relaxed)
    }

    fn has_room(&self) -> bool {
        zeros(self.tags.load(Ordering::Acquire)) != 0
    }
}

const GROUP: usize = 8;
/// The tag of an entry that was removed.
const REMOVED: u8 = 1;
/// Up to so many groups, 40 KiB, more places are left free: that is quicker and costs little.
const SMALL: usize = 1 << 10;
/// The lowest and the highest bit of each byte.
const LOWEST: u64 = u64::from_ne_bytes([1; GROUP]);
const HIGHEST: u64 = LOWEST << 7;

impl Index {
    /// An index of so many groups, which is a power of two.
    pub(super) fn new(groups: usize) -> Self {
        Index { groups: (0..groups).map(|_| Group::default()).collect() }
    }

    /// One of twice the size with the same entries, whose hashes `hash` gives.
    pub(super) fn doubled(&self, hash: impl Fn(u32) -> Option<u32>) -> Self {
        let doubled = Index::new(2 * self.groups.len());
        for entry in self.entries() {
            if let Some(hash) = hash(entry) {
                doubled.add(hash, entry);
            }
        }
        doubled
    }

    /// Whether so many entries are so few that nearly all are found in the first group that is looked at.
    pub(super) fn has_room_for(&self, entries: u32) -> bool {
        let free = if self.groups.len() <= SMALL { GROUP / 4 } else { GROUP / 8 };
        entries as usize <= self.groups.len() * (GROUP - free)
    }

    /// Adds an entry. The caller sees to it that there is room, and that nobody else adds meanwhile.
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
        // Who sees the tag sees the entry.
        group.tags.store(tags | u64::from(tag) << (8 * free), Ordering::Release);
    }

    /// Replaces an entry by a tombstone; concurrent look-ups may still find it. Its place is not used again.
    /// Returns `true` if it was there.
    pub(super) fn remove(&self, hash: u32, entry: u32) -> bool {
        let mut at = hash as usize;
        loop {
            let group = self.group(at);
            let tags = group.tags.load(Ordering::Relaxed);
            let is_entry = |place: &usize| {
                (tags >> (8 * place)) as u8 == tag(hash) && group.entries[*place].load(Ordering::Relaxed) == entry
            };
            if let Some(place) = (0..GROUP).find(is_entry) {
                let cleared = tags & !(0xff << (8 * place));
                group.tags.store(cleared | u64::from(REMOVED) << (8 * place), Ordering::Release);
                return true;
            }
            if group.has_room() {
                return false;
            }
            at += 1;
        }
    }

    /// The entry that most likely has this hash: the first that may have it, if that is in the first group.
    #[inline(always)]
    pub(super) fn likely(&self, hash: u32) -> Option<u32> {
        let group = self.group(hash as usize);
        let same = group.with_tag(tag(hash));
        (same != 0).then(|| group.entry(same))
    }

    /// What `found` gives for one of the entries that may have this hash: the first that it gives anything for.
    pub(super) fn find<T>(&self, hash: u32, found: impl Fn(u32) -> Option<T>) -> Option<T> {
        let mut at = hash as usize;
        loop {
            let group = self.group(at);
            let mut same = group.with_tag(tag(hash));
            while same != 0 {
                let found = found(group.entry(same));
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

    /// All entries.
    pub(super) fn entries(&self) -> impl Iterator<Item = u32> {
        self.groups.iter().flat_map(|group| {
            let tags = group.tags.load(Ordering::Acquire);
            let is_there = move |at: &usize| (tags >> (8 * at)) as u8 > REMOVED;
            (0..GROUP).filter(is_there).map(|at| group.entries[at].load(Ordering::Relaxed))
        })
    }

    #[inline(always)]
    fn group(&self, at: usize) -> &Group {
        &self.groups[at & (self.groups.len() - 1)]
    }
}

/// What an entry of this hash is recognized by; neither 0 nor [`REMOVED`]. Where it is looked for depends on other bits.
#[inline(always)]
fn tag(hash: u32) -> u8 {
    ((hash >> 24) as u8).max(REMOVED + 1)
}

/// The highest bit of each byte that is 0: exact for the lowest of them, and above it for a byte that is 1 as well.
#[inline(always)]
fn zeros(bytes: u64) -> u64 {
    bytes.wrapping_sub(LOWEST) & !bytes & HIGHEST
}

/// The number of the first byte that has a bit.
#[inline(always)]
fn first(bits: u64) -> usize {
    // At most 7, which the remainder shows the compiler.
    (bits.trailing_zeros() / 8) as usize % GROUP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_found_by_its_hash_as_long_as_there_is_room() {
        // Hashes that differ neither in where they are looked for nor in their tags, but for a few.
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
    fn a_removed_entry_is_not_found_and_hides_no_other() {
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
