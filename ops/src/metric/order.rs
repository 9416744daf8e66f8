//! The order in which the series of a table are shown.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

/// The numbers of the entries of a table, sorted as they are asked for.
///
/// Who asks keeps what it is given for as long as it likes, and nobody waits for it. What it takes is there before anybody
/// asks: nothing is allocated then, but for what came while somebody else was asking.
#[derive(Debug, Default)]
pub(super) struct Order(Mutex<Arc<Numbers>>);

/// The numbers below some number, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    all: Vec<u32>,
    /// How many of them, from the first, are sorted.
    sorted: usize,
}

impl Order {
    /// Takes the number of a new entry, if it is the next one and nobody is looking: if not, whoever looks next takes it.
    pub(super) fn push(&self, number: u32) {
        let mut numbers = match self.0.try_lock() {
            Ok(numbers) => numbers,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        if let Some(numbers) = Arc::get_mut(&mut numbers)
            && numbers.all.len() == number as usize
        {
            numbers.all.push(number);
        }
    }

    /// All numbers below `len`, and perhaps a few more, by what `key` gives for each, which never changes and is of no other.
    pub(super) fn sorted<K: Ord>(&self, len: u32, key: impl Fn(u32) -> K) -> Arc<Numbers> {
        let mut numbers: MutexGuard<'_, _> = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = numbers.all.len();
        if known < len as usize || numbers.sorted < known {
            let numbers = Arc::make_mut(&mut numbers);
            numbers.all.extend(known as u32..len);
            numbers.sort(key);
        }
        numbers.clone()
    }
}

impl Numbers {
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        self.all.iter().copied()
    }

    /// Sorts the new ones and merges them in from the end: with as much memory of its own as they take.
    fn sort<K: Ord>(&mut self, key: impl Fn(u32) -> K) {
        self.all[self.sorted..].sort_unstable_by_key(|number| key(*number));
        let mut old = self.sorted;
        if old > 0 {
            let mut new = self.all[old..].to_vec();
            for at in (0..self.all.len()).rev() {
                let Some(last) = new.last() else { break };
                if old > 0 && key(self.all[old - 1]) > key(*last) {
                    old -= 1;
                    self.all[at] = self.all[old];
                } else {
                    self.all[at] = *last;
                    new.pop();
                }
            }
        }
        self.sorted = self.all.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scattered, and another for each number below 1,009.
    fn key(number: u32) -> u32 {
        number * 577 % 1_009
    }

    fn sorted(len: u32) -> Vec<u32> {
        let mut expected: Vec<_> = (0..len).collect();
        expected.sort_by_key(|number| key(*number));
        expected
    }

    #[test]
    fn numbers_are_sorted_however_they_came() {
        let order = Order::default();
        let held = order.sorted(0, key);
        for len in [1, 2, 40, 41, 500, 1_000] {
            // Some are pushed as they come, and some are only found out about.
            (0..len / 2).for_each(|number| order.push(number));
            assert_eq!(order.sorted(len, key).iter().collect::<Vec<_>>(), sorted(len));
        }
        assert_eq!(held.iter().count(), 0, "what somebody holds does not change");
    }
}
