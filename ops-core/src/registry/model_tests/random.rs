//! Reproducible random numbers, and the seeds of the model tests.

use std::env;

/// A pseudorandom number generator (SplitMix64).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Random(seed)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    pub(super) fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    pub(super) fn is_one_in(&mut self, number: u64) -> bool {
        self.below(number) == 0
    }

    pub(super) fn choose<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }
}

/// Returns the seeds of the sequences of `length` operations that a model test runs.
///
/// The environment variable `MODEL_OPERATIONS` sets the total number of operations (default: `operations`), and `MODEL_SEED`
/// the first seed (default: 0).
pub(super) fn seeds(operations: u64, length: u64) -> impl Iterator<Item = u64> {
    let number = |name, default| env::var(name).map_or(default, |value| value.parse().expect(name));
    let (first, operations) = (number("MODEL_SEED", 0), number("MODEL_OPERATIONS", operations));
    first..first + operations.div_ceil(length)
}
