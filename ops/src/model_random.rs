//! Seeded random numbers and operation counts for model tests.

use std::env;

/// A deterministic random number generator (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    pub(crate) fn is_one_in(&mut self, number: u64) -> bool {
        self.below(number) == 0
    }

    pub(crate) fn choose<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// Returns the seeds of a model test that runs sequences of `length` operations.
///
/// By default, they start at 0 and cover `operations` in total. The variables `MODEL_SEED` and `MODEL_OPERATIONS` override this.
pub(crate) fn seeds(operations: u64, length: u64) -> impl Iterator<Item = u64> {
    let number = |name, default| env::var(name).map_or(default, |value| value.parse().expect(name));
    let (first, operations) = (number("MODEL_SEED", 0), number("MODEL_OPERATIONS", operations));
    first..first + operations.div_ceil(length)
}
