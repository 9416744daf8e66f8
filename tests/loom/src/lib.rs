//! Model-checks the lock-free code of the metric cells and the byte arena with `loom`.
//!
//! Compiles `ops-core/src/metric/cells/block.rs` and `ops-core/src/metric/cells/bytes.rs` unchanged against a model of their
//! `sync` module, and explores all interleavings with at most three preemptions.
#![cfg_attr(not(test), allow(dead_code, unused_imports))]

#[path = "../../../ops-core/src/metric/cells/block.rs"]
#[cfg_attr(test, expect(dead_code, reason = "the models use only the concurrent operations"))]
mod block;
#[path = "../../../ops-core/src/metric/cells/bytes.rs"]
mod bytes;

/// The model that replaces `ops-core/src/metric/cells/sync.rs`.
mod sync {
    use loom::cell::UnsafeCell;
    pub(super) use loom::sync::Mutex;
    pub(super) use loom::sync::atomic::{AtomicU32, Ordering, fence};
    pub(super) use ops_core::unwind::IgnorePoison;
    use std::borrow::Cow;
    use std::ops::{Deref, Range};

    pub(super) const SEGMENT: u32 = 9;

    /// An atomic with a possible context switch before each access.
    ///
    /// `loom` considers loads of two threads independent, so it does not explore interleavings between a load and a store of
    /// the loaded value. A read-modify-write of a second atomic before each access makes it explore them.
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

    pub(super) struct Cells(Box<[AtomicU64]>);

    impl Cells {
        pub(super) fn zeroed(cells: usize) -> Self {
            Cells((0..cells).map(|_| AtomicU64::new(0)).collect())
        }

        pub(super) fn reset(&self) {
            self.iter().for_each(|cell| cell.store(0, Ordering::Relaxed));
        }
    }

    impl Deref for Cells {
        type Target = [AtomicU64];

        fn deref(&self) -> &[AtomicU64] {
            &self.0
        }
    }

    pub(super) const FIRST_PAGE: usize = 8;

    /// A page of bytes in `loom` cells, which detect data races.
    pub(super) struct Page(Box<[UnsafeCell<u8>]>);

    pub(super) type Written<'a> = Cow<'a, [u8]>;

    impl Page {
        pub(super) fn new(len: usize) -> Self {
            Page((0..len).map(|_| UnsafeCell::new(0)).collect())
        }

        pub(super) unsafe fn read(&self, range: Range<usize>) -> Written<'_> {
            // SAFETY: `with` panics if another thread may write the cell concurrently.
            Cow::Owned(self.0[range].iter().map(|cell| cell.with(|byte| unsafe { *byte })).collect())
        }

        pub(super) unsafe fn write(&self, at: usize, bytes: &[u8]) {
            for (cell, byte) in self.0[at..].iter().zip(bytes) {
                // SAFETY: `with_mut` panics if another thread may access the cell concurrently.
                cell.with_mut(|to| unsafe { *to = *byte });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::block::{
        Block, Blocks, Distribution, Lists, add, add_float, add_level, claim, get, get_float, read_of, set,
    };
    use super::bytes::{Bytes, PAGES};
    use super::sync::{AtomicU32, Mutex, Ordering};
    use loom::sync::Arc;
    use loom::thread;

    /// Runs `model` in all interleavings with at most three preemptions.
    fn check_model(model: impl Fn() + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(model);
    }

    fn blocks() -> Arc<Blocks> {
        Arc::new(Blocks::new(Mutex::new(Lists::new())))
    }

    fn value(block: &Block, slot: u32) -> u64 {
        block.existing(slot).map_or(0, |cells| get(&cells[0]))
    }

    /// Reads the value of a counter like a scrape.
    fn total(blocks: &Blocks, slot: u32) -> u64 {
        let total = blocks.begin_read().into_iter().map(|block| value(block, slot)).sum();
        blocks.end_read();
        total
    }

    /// Merges all blocks of ended threads into one; merges only this slot, which is a counter.
    fn merge(blocks: &Blocks, slot: u32) {
        blocks.merge_ended(1, 8, |from, to| _ = add(&to.cells(slot)[0], value(from, slot)));
    }

    const CLASSIC: Distribution = Distribution { classic: 2, native: 0, shift: 0 };
    const NATIVE: Distribution = Distribution { classic: 0, native: 2, shift: 0 };

    #[test]
    fn reader_sees_consistent_buckets_and_sum_during_observations() {
        check_model(|| {
            let blocks = blocks();
            let owned = [blocks.acquire(), blocks.acquire()];
            owned.iter().for_each(|block| _ = block.cells(0));
            let writers = owned.map(|block| thread::spawn(move || Distribution::observe(block.cells(0), 1, 2.0)));
            for block in blocks.begin_read() {
                let mut buckets = [0; 2];
                if let Some((sum, _)) = CLASSIC.read(block.cells(0), 0, &mut buckets) {
                    assert_eq!((buckets[0], sum), (0, 2.0 * buckets[1] as f64));
                }
            }
            for writer in writers {
                writer.join().unwrap();
            }
            let mut buckets = [0; 2];
            let read = |block: &&'static Block| CLASSIC.read(block.cells(0), 0, &mut buckets).unwrap().0;
            assert_eq!(owned.iter().map(read).sum::<f64>(), 4.0);
        });
    }

    #[test]
    fn successive_observations_are_not_torn() {
        check_model(|| {
            let block = blocks().acquire();
            let _ = block.cells(0);
            let writer = thread::spawn(move || {
                Distribution::observe(block.cells(0), 0, 1.0);
                Distribution::observe(block.cells(0), 1, 10.0);
            });
            let mut buckets = [0; 2];
            if let Some((sum, _)) = CLASSIC.read(block.cells(0), 0, &mut buckets) {
                assert_eq!(sum, buckets[0] as f64 + 10.0 * buckets[1] as f64);
            }
            writer.join().unwrap();
        });
    }

    #[test]
    fn native_bucket_is_visible_with_its_mark() {
        check_model(|| {
            let block = blocks().acquire();
            let _ = block.cells(0);
            let writer = thread::spawn(move || {
                NATIVE.observe_native(block.cells(0), 1, None, 10.0);
                NATIVE.observe_native(block.cells(0), 0, None, 1.0);
            });
            let (mut buckets, mut total) = ([0; 2], [0; 2]);
            if let Some((sum, marks)) = NATIVE.read(block.cells(0), 0, &mut buckets) {
                NATIVE.add_read(&buckets, &marks, &mut total);
                assert_eq!(sum, total[0] as f64 + 10.0 * total[1] as f64);
            }
            writer.join().unwrap();
        });
    }

    #[test]
    fn reader_of_removed_series_sees_no_observation_of_its_successor() {
        check_model(|| {
            let block = blocks().acquire();
            assert!(CLASSIC.claim(block.cells(0), 1));
            Distribution::observe(block.cells(0), 0, 1.0);
            let writer = thread::spawn(move || {
                assert!(CLASSIC.claim(block.cells(0), 2));
                Distribution::observe(block.cells(0), 1, 10.0);
                assert!(!CLASSIC.claim(block.cells(0), 1), "claimed by a stale handle");
            });
            let mut buckets = [7; 2];
            if let Some((sum, _)) = CLASSIC.read(block.cells(0), 1, &mut buckets) {
                assert!([([1, 0], 1.0), ([0, 0], 0.0)].contains(&(buckets, sum)), "{buckets:?} {sum}");
            }
            writer.join().unwrap();
        });
    }

    #[test]
    fn reader_of_new_series_sees_no_observation_of_its_predecessor() {
        check_model(|| {
            let block = blocks().acquire();
            assert!(CLASSIC.claim(block.cells(0), 1));
            Distribution::observe(block.cells(0), 0, 1.0);
            let writer = thread::spawn(move || {
                assert!(CLASSIC.claim(block.cells(0), 2));
                Distribution::observe(block.cells(0), 1, 10.0);
            });
            let mut buckets = [7; 2];
            if let Some((sum, _)) = CLASSIC.read(block.cells(0), 2, &mut buckets) {
                assert!([([0, 1], 10.0), ([0, 0], 0.0)].contains(&(buckets, sum)), "{buckets:?} {sum}");
            }
            writer.join().unwrap();
        });
    }

    #[test]
    fn reused_counter_cells_are_attributed_to_one_generation() {
        check_model(|| {
            let block = blocks().acquire();
            assert!(claim(block.cells(0), 1));
            set(&block.cells(0)[1], 5);
            let writer = thread::spawn(move || {
                assert!(claim(block.cells(0), 2));
                add(&block.cells(0)[1], 1);
            });
            let removed = read_of(block.cells(0), 1);
            assert!([None, Some(5)].contains(&removed), "{removed:?}");
            let new = read_of(block.cells(0), 2);
            assert!([None, Some(0), Some(1)].contains(&new), "{new:?}");
            writer.join().unwrap();
            assert_eq!((read_of(block.cells(0), 1), read_of(block.cells(0), 2)), (None, Some(1)));
        });
    }

    #[test]
    fn next_owner_of_a_block_sees_the_values_of_the_previous_owner() {
        check_model(|| {
            let blocks = blocks();
            let threads = [(); 2].map(|()| {
                let blocks = blocks.clone();
                thread::spawn(move || {
                    let block = blocks.acquire();
                    add(&block.cells(3)[0], 1);
                    add_float(&block.cells(4)[0], 0.5);
                    add_level(&block.cells(5)[0], -1);
                    blocks.release(block);
                })
            });
            for thread in threads {
                thread.join().unwrap();
            }
            let all = blocks.begin_read();
            assert!(all.iter().flat_map(|block| block.segments()).all(|(number, _)| number == 0));
            let sum = |slot| all.iter().map(|block| value(block, slot)).fold(0, u64::wrapping_add);
            let floats = all.iter().map(|block| get_float(&block.cells(4)[0])).sum::<f64>();
            let totals = (sum(3), floats, sum(5).cast_signed());
            assert_eq!(totals, (2, 1.0, -2));
        });
    }

    #[test]
    fn counter_is_monotonic_while_blocks_are_created() {
        check_model(|| {
            let blocks = blocks();
            let writers = [(); 2].map(|()| {
                let blocks = blocks.clone();
                thread::spawn(move || add(&blocks.acquire().cells(0)[0], 1))
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
    fn counter_of_ended_thread_is_counted_once_during_merge() {
        check_model(|| {
            let blocks = blocks();
            let ended = [1, 2].map(|by| {
                let block = blocks.acquire();
                add(&block.cells(0)[0], by);
                block
            });
            ended.into_iter().for_each(|block| blocks.release(block));
            let merger = {
                let blocks = blocks.clone();
                thread::spawn(move || merge(&blocks, 0))
            };
            assert_eq!(total(&blocks, 0), 3);
            assert_eq!(total(&blocks, 0), 3);
            merger.join().unwrap();
            merge(&blocks, 0);
            assert_eq!((total(&blocks, 0), blocks.begin_read().len()), (3, 1));
        });
    }

    #[test]
    fn observations_of_ended_threads_are_counted_once_during_merge() {
        check_model(|| {
            let blocks = blocks();
            let ended = [0, 1].map(|bucket| {
                let block = blocks.acquire();
                assert!(CLASSIC.claim(block.cells(0), 3));
                Distribution::observe(block.cells(0), bucket, 2.0);
                block
            });
            ended.into_iter().for_each(|block| blocks.release(block));
            let merger = {
                let blocks = blocks.clone();
                thread::spawn(move || {
                    blocks.merge_ended(1, 8, |from, to| CLASSIC.merge(from.cells(0), to.cells(0)));
                })
            };
            let (mut total, mut sum) = ([0; 2], 0.0);
            for block in blocks.begin_read() {
                let mut buckets = [0; 2];
                let (block_sum, marks) = CLASSIC.read(block.cells(0), 3, &mut buckets).unwrap();
                CLASSIC.add_read(&buckets, &marks, &mut total);
                sum += block_sum;
            }
            blocks.end_read();
            merger.join().unwrap();
            assert_eq!((total, sum), ([1, 1], 4.0));
        });
    }

    #[test]
    fn block_acquired_during_merge_preserves_the_total() {
        check_model(|| {
            let blocks = blocks();
            let ended = [1, 2].map(|by| {
                let block = blocks.acquire();
                add(&block.cells(0)[0], by);
                block
            });
            ended.into_iter().for_each(|block| blocks.release(block));
            let merger = {
                let blocks = blocks.clone();
                thread::spawn(move || merge(&blocks, 0))
            };
            let starter = {
                let blocks = blocks.clone();
                thread::spawn(move || {
                    let block = blocks.acquire();
                    add(&block.cells(0)[0], 4);
                    blocks.release(block);
                })
            };
            let seen = total(&blocks, 0);
            assert!([3, 7].contains(&seen), "{seen}");
            merger.join().unwrap();
            starter.join().unwrap();
            assert_eq!(total(&blocks, 0), 7);
        });
    }

    #[test]
    fn published_bytes_are_fully_visible_during_concurrent_appends() {
        check_model(|| {
            let bytes = Arc::new(Bytes::new([(); PAGES].map(|()| AtomicU32::new(0)), Mutex::new(0)));
            // Position of an append plus 1, or 0 before the first one.
            let published = Arc::new(AtomicU32::new(0));
            let writers = [7, 9].map(|byte| {
                let (bytes, published) = (bytes.clone(), published.clone());
                thread::spawn(move || {
                    let begin = bytes.append(&[&[byte], &[byte; 2]]).unwrap();
                    published.store(begin + 1, Ordering::Release);
                })
            });
            if let Some(begin) = published.load(Ordering::Acquire).checked_sub(1) {
                let seen = bytes.read_from(begin).unwrap()[..3].to_vec();
                assert!([vec![7; 3], vec![9; 3]].contains(&seen), "{seen:?}");
            }
            // Reading an unpublished position must not race with its append.
            let _ = bytes.read_from(0);
            for writer in writers {
                writer.join().unwrap();
            }
            assert_eq!(
                [bytes.read_from(0), bytes.read_from(1)]
                    .map(|seen| seen.unwrap()[..3].iter().sum::<u8>())
                    .iter()
                    .sum::<u8>(),
                48
            );
        });
    }
}
