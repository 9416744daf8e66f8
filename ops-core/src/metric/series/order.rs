//! The order in which the series of a table are shown.

use crate::unwind::IgnorePoison;
use std::sync::{Arc, Mutex};

/// The numbers of the entries of a table, sorted as they are asked for.
///
/// Who asks keeps what it is given for as long as it likes, and nobody waits for it.
#[derive(Debug)]
pub(super) struct Order {
    sorted: Mutex<Arc<Vec<u32>>>,
    /// What has come since.
    new: Mutex<Vec<u32>>,
}

impl Order {
    pub(super) fn new() -> Self {
        Order { sorted: Mutex::default(), new: Mutex::default() }
    }

    /// Takes the number of a new entry. Waits for nobody but who takes what is new.
    pub(super) fn push(&self, number: u32) {
        self.new.lock().ignore_poison().push(number);
    }

    /// All numbers, by what `key` gives for each, which never changes and is of no other.
    ///
    /// What is new is sorted where it is, and merged in from the end with as much memory more as it takes.
    pub(super) fn sorted<K: Ord>(&self, key: impl Fn(u32) -> K) -> Arc<Vec<u32>> {
        let mut sorted = self.sorted.lock().ignore_poison();
        let mut new = std::mem::take(&mut *self.new.lock().ignore_poison());
        new.sort_unstable_by_key(|number| key(*number));
        if sorted.is_empty() {
            *sorted = Arc::new(new);
        } else if !new.is_empty() {
            merge(Arc::make_mut(&mut sorted), new, key);
        }
        sorted.clone()
    }
}

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

    /// Scattered, and another for each number below 1,009.
    fn key(number: u32) -> u32 {
        number * 577 % 1_009
    }

    #[test]
    fn numbers_are_sorted_however_they_came() {
        let order = Order::new();
        let held = order.sorted(key);
        let mut expected = Vec::new();
        for numbers in [0..1, 1..2, 2..40, 40..41, 41..500, 500..1_000] {
            numbers.clone().for_each(|number| order.push(number));
            expected.extend(numbers);
            expected.sort_by_key(|number| key(*number));
            assert_eq!(*order.sorted(key), expected);
        }
        assert_eq!(*held, [0; 0], "what somebody holds does not change");
    }
}
