//! The protocols of the cells and of the bytes that are only ever appended, in every order in which threads meet with at
//! most three preemptions: `ops-core/src/metric/cells/block.rs` and `ops-core/src/metric/cells/bytes.rs` as they stand, on a model of the memory.
#![cfg_attr(not(test), allow(dead_code, unused_imports))]

#[path = "../../../ops-core/src/metric/cells/block.rs"]
mod block;
#[path = "../../../ops-core/src/metric/cells/bytes.rs"]
mod bytes;

/// The model, in place of `ops-core/src/metric/cells/sync.rs`.
mod sync {
    use loom::cell::UnsafeCell;
    pub(super) use loom::hint::spin_loop;
    pub(super) use loom::sync::atomic::{AtomicU32, Ordering, fence};
    pub(super) use loom::sync::{Mutex, RwLock};
    pub(super) use ops_core::unwind::IgnorePoison;
    use std::borrow::Cow;
    use std::ops::Range;

    pub(super) const SEGMENT: u32 = 8;

    /// An atomic before each use of which any other thread may come.
    ///
    /// The model by itself takes loads of two threads for independent of each other, and does not try the orders in which
    /// a thread stores what it has loaded before; an addition of 0 beside the value makes it try them.
    pub(super) struct AtomicU64 {
        value: loom::sync::atomic::AtomicU64,
        turn: loom::sync::atomic::AtomicU64,
    }

    impl AtomicU64 {
        fn new(value: u64) -> Self {
            AtomicU64 { value: loom::sync::atomic::AtomicU64::new(value), turn: loom::sync::atomic::AtomicU64::new(0) }
        }

        pub(super) fn load(&self, ordering: Ordering) -> u64 {
            self.turn.fetch_add(0, Ordering::Relaxed);
            self.value.load(ordering)
        }

        pub(super) fn store(&self, value: u64, ordering: Ordering) {
            self.turn.fetch_add(0, Ordering::Relaxed);
            self.value.store(value, ordering);
        }
    }

    pub(super) fn zeroed(cells: usize) -> Box<[AtomicU64]> {
        (0..cells).map(|_| AtomicU64::new(0)).collect()
    }

    pub(super) const FIRST_PAGE: usize = 8;

    /// Bytes that the model watches: a read and a write that could meet are an error.
    pub(super) struct Page(Box<[UnsafeCell<u8>]>);

    pub(super) type Written<'a> = Cow<'a, [u8]>;

    impl Page {
        pub(super) fn new(len: usize) -> Self {
            Page((0..len).map(|_| UnsafeCell::new(0)).collect())
        }

        pub(super) unsafe fn read(&self, range: Range<usize>) -> Written<'_> {
            // SAFETY: the model looks after it.
            Cow::Owned(self.0[range].iter().map(|cell| cell.with(|byte| unsafe { *byte })).collect())
        }

        pub(super) unsafe fn write(&self, at: usize, bytes: &[u8]) {
            for (cell, byte) in self.0[at..].iter().zip(bytes) {
                // SAFETY: the model looks after it.
                cell.with_mut(|to| unsafe { *to = *byte });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::block::{Block, Blocks, add, add_float, add_level, get, get_float, observe, read};
    use super::bytes::{Bytes, PAGES};
    use super::sync::{AtomicU32, AtomicU64, Mutex, Ordering, RwLock};
    use loom::sync::Arc;
    use loom::thread;

    /// Runs `model` in every order in which no more than three times a thread has to wait for another that could go on.
    fn in_every_order(model: impl Fn() + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(model);
    }

    fn blocks() -> Arc<Blocks> {
        Arc::new(Blocks::of(RwLock::new(Vec::new()), Mutex::new(Vec::new())))
    }

    fn total(blocks: &Blocks, slot: u32) -> u64 {
        let cells = |block: &&'static Block| block.existing(slot).map_or(0, |cells: &[AtomicU64]| get(&cells[0]));
        blocks.all().iter().map(cells).sum()
    }

    #[test]
    fn a_reader_sees_buckets_and_sum_of_one_moment_while_two_threads_observe() {
        in_every_order(|| {
            let blocks = blocks();
            let owned = [blocks.make(), blocks.make()];
            owned.iter().for_each(|block| _ = block.cells(0));
            let writers = owned.map(|block| thread::spawn(move || observe(block.cells(0), 1, None, 2.0)));
            for block in blocks.all() {
                let mut buckets = [0; 2];
                let sum = read(block.cells(0), &mut buckets);
                assert_eq!(sum, 2.0 * buckets[1] as f64);
            }
            for writer in writers {
                writer.join().unwrap();
            }
            let mut buckets = [0; 2];
            let sums = blocks.all().iter().map(|block| read(block.cells(0), &mut buckets)).sum::<f64>();
            assert_eq!(sums, 4.0);
        });
    }

    #[test]
    fn a_second_observation_is_not_mixed_with_the_first() {
        in_every_order(|| {
            let block = blocks().make();
            let _ = block.cells(0);
            let writer = thread::spawn(move || {
                observe(block.cells(0), 0, None, 1.0);
                observe(block.cells(0), 1, None, 10.0);
            });
            let mut buckets = [0; 2];
            let sum = read(block.cells(0), &mut buckets);
            assert_eq!(sum, buckets[0] as f64 + 10.0 * buckets[1] as f64);
            writer.join().unwrap();
        });
    }

    #[test]
    fn what_a_thread_counted_is_there_for_the_one_that_its_block_is_handed_on_to() {
        in_every_order(|| {
            let blocks = blocks();
            let threads = [(); 2].map(|()| {
                let blocks = blocks.clone();
                thread::spawn(move || {
                    let block = blocks.acquire();
                    add(block.cells(3), 1);
                    add_float(block.cells(4), 0.5);
                    add_level(block.cells(5), -1);
                    blocks.release(block);
                })
            });
            for thread in threads {
                thread.join().unwrap();
            }
            let all = blocks.all();
            assert!(all.iter().flat_map(|block| block.segments()).all(|(number, _)| number == 0));
            let sum = |slot| all.iter().map(|block| get(&block.cells(slot)[0])).fold(0, u64::wrapping_add);
            let floats = all.iter().map(|block| get_float(&block.cells(4)[0])).sum::<f64>();
            let totals = (sum(3), floats, sum(5).cast_signed());
            assert_eq!(totals, (2, 1.0, -2), "whether they shared a block or not");
        });
    }

    #[test]
    fn a_counter_never_goes_back_while_blocks_are_made_and_first_touched() {
        in_every_order(|| {
            let blocks = blocks();
            let writers = [(); 2].map(|()| {
                let blocks = blocks.clone();
                thread::spawn(move || add(blocks.acquire().cells(0), 1))
            });
            let first = total(&blocks, 0);
            let second = total(&blocks, 0);
            assert!(first <= second, "{first} and then {second}");
            for writer in writers {
                writer.join().unwrap();
            }
            assert_eq!(total(&blocks, 0), 2);
        });
    }

    #[test]
    fn who_is_told_of_bytes_sees_them_whole_while_two_threads_append() {
        in_every_order(|| {
            let bytes = Arc::new(Bytes::of([(); PAGES].map(|()| AtomicU32::new(0)), Mutex::new(0)));
            // One more than where something begins; 0 as long as nobody was told.
            let told = Arc::new(AtomicU32::new(0));
            let writers = [7, 9].map(|byte| {
                let (bytes, told) = (bytes.clone(), told.clone());
                thread::spawn(move || {
                    let begin = bytes.append(&[&[byte], &[byte; 2]]).unwrap();
                    told.store(begin + 1, Ordering::Release);
                })
            });
            if let Some(begin) = told.load(Ordering::Acquire).checked_sub(1) {
                let seen = bytes.from(begin).unwrap()[..3].to_vec();
                assert!([vec![7; 3], vec![9; 3]].contains(&seen), "{seen:?}");
            }
            // What it was not told of it may find as well, whole or not at all.
            let _ = bytes.from(0);
            for writer in writers {
                writer.join().unwrap();
            }
            assert_eq!(
                [bytes.from(0), bytes.from(1)].map(|seen| seen.unwrap()[..3].iter().sum::<u8>()).iter().sum::<u8>(),
                48
            );
        });
    }
}
