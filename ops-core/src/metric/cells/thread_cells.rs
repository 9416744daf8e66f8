//! Thread-local cells: every thread has its own copy, so an update is a thread-local load and a plain add.
//!
//! A *slot* is the number of a cell, the same in every thread. A thread that ends hands its block of cells on to the
//! next one that starts, values and all, so that nothing is lost and the number of blocks is that of the threads that
//! ever ran at once. The value of a slot is the sum over all blocks.

use super::block::{self, Block, Blocks, set};
use crate::unwind::IgnorePoison;
use std::cell::Cell;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, RwLock};

thread_local! {
    /// The first segment of this thread's block; empty until the thread has one, and again when it ends.
    static FIRST: Cell<&'static [AtomicU64]> = const { Cell::new(&[]) };
    static OWNED: Owned = Owned(BLOCKS.acquire());
}

static BLOCKS: Blocks = Blocks::of(RwLock::new(Vec::new()), Mutex::new(Vec::new()));

/// What updates a thread whose own block is gone already, under the lock: a destructor of another thread-local.
static LATE: Mutex<Option<&'static Block>> = Mutex::new(None);

/// The block that this thread owns while it runs.
struct Owned(&'static Block);

impl Drop for Owned {
    fn drop(&mut self) {
        FIRST.set(&[]);
        BLOCKS.release(self.0);
    }
}

/// This thread's cells from `slot` on, if they are where a thread finds them without a look-up.
#[inline]
fn near(slot: u32) -> Option<&'static [AtomicU64]> {
    let first = FIRST.get();
    // A comparison and no more: the slice begins within.
    if (slot as usize) < first.len() { Some(&first[slot as usize..]) } else { None }
}

/// Runs `update` on this thread's cells from `slot` on, wherever they are.
fn with_cells(slot: u32, update: impl FnOnce(&[AtomicU64])) {
    match OWNED.try_with(|owned| owned.0) {
        Ok(block) => {
            FIRST.set(block.segment(0));
            update(block.cells(slot));
        }
        Err(_) => {
            // One at a time, as if all such threads were one.
            let mut late = LATE.lock().ignore_poison();
            update(late.get_or_insert_with(|| BLOCKS.make()).cells(slot));
        }
    }
}

/// An update that is inlined where the cells are near, and a call where they are not.
macro_rules! update {
    ($(#[$doc:meta])* $name:ident / $far:ident ($($argument:ident: $type:ty),*), $update:path) => {
        $(#[$doc])*
        #[inline]
        pub(crate) fn $name(slot: u32, $($argument: $type),*) {
            match near(slot) {
                Some(cells) => $update(cells, $($argument),*),
                None => $far(slot, $($argument),*),
            }
        }

        #[cold]
        fn $far(slot: u32, $($argument: $type),*) {
            with_cells(slot, |cells| $update(cells, $($argument),*));
        }
    };
}

update! {
    /// Adds `by` to the counter in `slot`, which stays at the largest number once it is there.
    add / add_far(by: u64), block::add
}

update! {
    /// Adds `by` to the floating-point counter in `slot`.
    add_float / add_float_far(by: f64), block::add_float
}

update! {
    /// Adds `by` to the level in `slot`: what one thread adds another may take away.
    add_level / add_level_far(by: i64), block::add_level
}

update! {
    /// Counts `value` in the buckets number `bucket` and, if there is one, `also` of the distribution that starts at `slot`.
    observe / observe_far(bucket: usize, also: Option<usize>, value: f64), block::observe
}

/// Returns the blocks of all threads, including those that no thread owns now.
pub(super) fn blocks() -> Vec<&'static Block> {
    BLOCKS.all()
}

/// Resets the `count` cells from `first` on to 0 in every block.
pub(super) fn clear(first: u32, count: u32) {
    let blocks = blocks();
    for slot in first..first + count {
        blocks.iter().filter_map(|block| block.existing(slot)).for_each(|cells| set(&cells[0], 0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::cells::Reader;
    use crate::metric::cells::slots::allocate;
    use crate::metric::cells::sync::SEGMENT;
    use std::thread;

    const THREADS: usize = if cfg!(miri) { 3 } else { 8 };
    const ADDITIONS: u64 = if cfg!(miri) { 20 } else { 1_000_000 };

    fn total(slot: u32) -> u64 {
        Reader::new().total(slot)
    }

    #[test]
    fn what_threads_add_is_counted_exactly() {
        let slot = allocate(1);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| (0..ADDITIONS).for_each(|_| add(slot, 1)));
            }
        });
        assert_eq!(total(slot), THREADS as u64 * ADDITIONS);
    }

    #[test]
    fn threads_one_after_the_other_share_a_block_and_lose_nothing() {
        let slot = allocate(1);
        let threads = if cfg!(miri) { 5 } else { 10_000 };
        let before = BLOCKS.all().len();
        for _ in 0..threads {
            thread::spawn(move || add(slot, 1)).join().unwrap();
        }
        assert_eq!(total(slot), threads);
        // Tests that run beside this one have threads of their own.
        assert!(BLOCKS.all().len() - before < 100);
    }

    #[test]
    fn what_the_destructor_of_a_thread_local_adds_is_counted() {
        struct AddsAtTheEnd(u32);

        impl Drop for AddsAtTheEnd {
            fn drop(&mut self) {
                add(self.0, 1);
            }
        }

        thread_local!(static LATE: Cell<Option<AddsAtTheEnd>> = const { Cell::new(None) });
        let slot = allocate(1);
        thread::spawn(move || {
            LATE.set(Some(AddsAtTheEnd(slot)));
            add(slot, 1);
        })
        .join()
        .unwrap();
        assert_eq!(total(slot), 2);
    }

    #[test]
    fn a_counter_stays_at_the_largest_number() {
        let slot = allocate(1);
        add(slot, u64::MAX - 1);
        add(slot, 5);
        thread::spawn(move || add(slot, 7)).join().unwrap();
        assert_eq!(total(slot), u64::MAX);
    }

    #[test]
    fn a_level_that_one_thread_raises_another_may_lower() {
        let slot = allocate(1);
        add_level(slot, 3);
        thread::spawn(move || add_level(slot, -2)).join().unwrap();
        assert_eq!(Reader::new().level(slot), 1);
        add_level(slot, -2);
        assert_eq!(Reader::new().level(slot), 0, "seen between two updates, it is not below 0");
    }

    #[test]
    fn slots_beyond_the_first_segment_count_as_well() {
        let slot = SEGMENT * 3 + 1;
        add(slot, 2);
        observe(slot + 1, 1, None, 0.5);
        let mut buckets = [0; 3];
        assert_eq!(Reader::new().distribution(slot + 1, &mut buckets), 0.5);
        assert_eq!((total(slot), buckets), (2, [0, 1, 0]));
    }
}
