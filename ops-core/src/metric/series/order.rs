//! The sorted order of the series of a table, maintained incrementally.

use crate::unwind::IgnorePoison;
use std::sync::{Arc, Mutex};

/// The positions of the entries of a table, sorted lazily.
///
/// A reader gets a snapshot, which does not block writers.
#[derive(Debug)]
pub(super) struct Order {
    sorted: Mutex<Arc<Vec<u32>>>,
    /// Positions added since the last sort.
    new: Mutex<Vec<u32>>,
}

impl Order {
    pub(super) fn new() -> Self {
        Order { sorted: Mutex::default(), new: Mutex::default() }
    }

    /// Adds a new entry; does not wait for a sort in progress.
    pub(super) fn push(&self, position: u32) {
        self.new.lock().ignore_poison().push(position);
    }

    /// Returns all positions sorted by `key`, which must be constant and unique for each position.
    ///
    /// New positions are sorted in place and merged from the end, which needs no memory beyond the result.
    pub(super) fn sorted<K: Ord>(&self, key: impl Fn(u32) -> K) -> Arc<Vec<u32>> {
        let mut sorted = self.sorted.lock().ignore_poison();
        let mut new = std::mem::take(&mut *self.new.lock().ignore_poison());
        new.sort_unstable_by_key(|position| key(*position));
        if sorted.is_empty() {
            *sorted = Arc::new(new);
        } else if !new.is_empty() {
            merge(Arc::make_mut(&mut sorted), new, key);
        }
        sorted.clone()
    }
}

/// Merges the sorted positions `new` into the sorted positions `all`.
fn merge<K: Ord>(all: &mut Vec<u32>, mut new: Vec<u32>, key: impl Fn(u32) -> K) {
    let mut old = all.len();
    all.extend_from_slice(&new);
    for at in (0..all.len()).rev() {
        let Some(last) = new.last() else { break };
        if old > 0 && key(all[old - 1]) > key(*last) {
            old -= 1;
            all[at] = all[old];
        } else {
            all[at] = *last;
            new.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a unique, unordered key for each number below 1,009.
    fn key(number: u32) -> u32 {
        number * 577 % 1_009
    }

    #[test]
    fn new_entries_are_merged_in_sorted_order() {
        let order = Order::new();
        let held = order.sorted(key);
        let mut expected = Vec::new();
        for numbers in [0..1, 1..2, 2..40, 40..41, 41..500, 500..1_000] {
            numbers.clone().for_each(|number| order.push(number));
            expected.extend(numbers);
            expected.sort_by_key(|position| key(*position));
            assert_eq!(*order.sorted(key), expected);
        }
        assert_eq!(*held, [0; 0], "an earlier snapshot has changed");
    }
}
