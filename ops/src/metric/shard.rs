//! Cells of which every thread has its own copy: an update is a thread-local load and a plain add.
//!
//! A *slot* is the number of a cell, the same in every thread. A thread that ends hands its block of cells on to the
//! next one that starts, values and all, so that nothing is lost and the number of blocks is that of the threads that
//! ever ran at once. The value of a slot is the sum over all blocks.
//!
//! Blocks are never freed. Their segments are large allocations of zeros, of which the system pages in what is touched.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Cells of one segment. The first is the one that a thread reaches without a look-up.
const SEGMENT: u32 = if cfg!(miri) { 1 << 10 } else { 1 << 16 };
/// Segments of one block: 16,777,216 cells.
const SEGMENTS: usize = 1 << 8;
/// The last segment, which takes together what finds no slots of its own: by then a program has millions of series.
const SPILL: u32 = SEGMENT * (SEGMENTS as u32 - 1);
/// What is no slot.
const NONE: u32 = u32::MAX;

/// The cells of one thread.
struct Block {
    segments: [OnceLock<Segment>; SEGMENTS],
}

type Segment = Box<[AtomicU64]>;

thread_local! {
    /// The first segment of this thread's block; empty until the thread has one, and again when it ends.
    static FIRST: Cell<&'static [AtomicU64]> = const { Cell::new(&[]) };
    static OWNED: Owned = Owned(BLOCKS.take());
}

/// All blocks, and those that no thread owns now.
static BLOCKS: Blocks = Blocks { all: RwLock::new(Vec::new()), free: Mutex::new(Vec::new()) };

/// What updates a thread whose own block is gone already, under the lock: a destructor of another thread-local.
static LATE: Mutex<Option<&'static Block>> = Mutex::new(None);

struct Blocks {
    all: RwLock<Vec<&'static Block>>,
    free: Mutex<Vec<&'static Block>>,
}

/// The block that this thread owns while it runs.
struct Owned(&'static Block);

impl Blocks {
    fn take(&self) -> &'static Block {
        lock(&self.free).pop().unwrap_or_else(|| self.make())
    }

    fn make(&self) -> &'static Block {
        let block: &'static Block = Box::leak(Box::new(Block::new()));
        self.all.write().unwrap_or_else(PoisonError::into_inner).push(block);
        block
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        FIRST.set(&[]);
        lock(&BLOCKS.free).push(self.0);
    }
}

impl Block {
    fn new() -> Self {
        Block { segments: [const { OnceLock::new() }; SEGMENTS] }
    }

    /// The segment of `slot`, made if need be.
    fn segment(&self, slot: u32) -> &[AtomicU64] {
        self.segments[(slot / SEGMENT) as usize].get_or_init(zeroed)
    }

    /// The cell `slot`, unless nothing was ever added near it.
    fn existing(&self, slot: u32) -> Option<&AtomicU64> {
        self.segments[(slot / SEGMENT) as usize].get().map(|segment| &segment[(slot % SEGMENT) as usize])
    }
}

/// The cells of a segment, which the system pages in as they are touched.
#[expect(unsafe_code, reason = "zeros that are not written one by one, so that untouched memory stays untouched")]
fn zeroed() -> Segment {
    let segment = Box::new_zeroed_slice(SEGMENT as usize);
    // SAFETY: an `AtomicU64` has the bit validity of a `u64`, of which all zeros is a value.
    unsafe { segment.assume_init() }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `update` on this thread's cells from `slot` on.
#[inline]
fn with_cells(slot: u32, update: impl FnOnce(&[AtomicU64])) {
    let first = FIRST.get();
    if (slot as usize) < first.len() { update(&first[slot as usize..]) } else { with_cells_slow(slot, update) }
}

#[cold]
fn with_cells_slow(slot: u32, update: impl FnOnce(&[AtomicU64])) {
    let from = |block: &'static Block| &block.segment(slot)[(slot % SEGMENT) as usize..];
    match OWNED.try_with(|owned| owned.0) {
        Ok(block) => {
            FIRST.set(block.segment(0));
            update(from(block));
        }
        Err(_) => {
            // One at a time, as if all such threads were one.
            let mut late = lock(&LATE);
            update(from(late.get_or_insert_with(|| BLOCKS.make())));
        }
    }
}

/// Adds `by` to the counter in `slot`, which stays at the largest number once it is there.
#[inline]
pub(crate) fn add(slot: u32, by: u64) {
    with_cells(slot, |cells| set(&cells[0], get(&cells[0]).saturating_add(by)));
}

/// Adds `by` to the floating-point counter in `slot`.
#[inline]
pub(crate) fn add_float(slot: u32, by: f64) {
    with_cells(slot, |cells| set_float(&cells[0], get_float(&cells[0]) + by));
}

/// Adds `by` to the level in `slot`: what one thread adds another may take away.
#[inline]
pub(crate) fn add_level(slot: u32, by: i64) {
    with_cells(slot, |cells| set(&cells[0], get(&cells[0]).wrapping_add_signed(by)));
}

/// Cells of a distribution before its buckets: the version, and the sum.
pub(crate) const HEAD: u32 = 2;
const VERSION: usize = 0;
const SUM: usize = 1;

/// Counts `value` in the buckets number `bucket` and, if there is one, `also` of the distribution that starts at `slot`.
///
/// The version is odd meanwhile, so that a reader takes buckets and sum of one moment.
#[inline]
pub(crate) fn observe(slot: u32, bucket: usize, also: Option<usize>, value: f64) {
    with_cells(slot, |cells| {
        let version = get(&cells[VERSION]);
        set(&cells[VERSION], version.wrapping_add(1));
        fence(Ordering::Release);
        let count = |bucket: usize| {
            let cell = &cells[HEAD as usize + bucket];
            set(cell, get(cell) + 1);
        };
        count(bucket);
        if let Some(also) = also {
            count(also);
        }
        set_float(&cells[SUM], get_float(&cells[SUM]) + value);
        cells[VERSION].store(version.wrapping_add(2), Ordering::Release);
    });
}

// Only the thread that owns a block writes to it, so a load and a store are an update.
#[inline]
fn get(cell: &AtomicU64) -> u64 {
    cell.load(Ordering::Relaxed)
}

#[inline]
fn set(cell: &AtomicU64, value: u64) {
    cell.store(value, Ordering::Relaxed);
}

#[inline]
fn get_float(cell: &AtomicU64) -> f64 {
    f64::from_bits(get(cell))
}

#[inline]
fn set_float(cell: &AtomicU64, value: f64) {
    set(cell, value.to_bits());
}

/// Reads the sum over all threads of what is in a slot.
#[derive(Clone)]
pub struct Reader {
    blocks: Vec<&'static Block>,
}

impl Reader {
    /// A reader of the threads that there are now.
    pub(crate) fn new() -> Self {
        Reader { blocks: BLOCKS.all.read().unwrap_or_else(PoisonError::into_inner).clone() }
    }

    /// The counter in `slot`.
    pub(crate) fn total(&self, slot: u32) -> u64 {
        self.cells(slot).fold(0, |total, cell| total.saturating_add(get(cell)))
    }

    /// What is another after each update of the counter or the distribution at `slot`.
    pub(crate) fn mark(&self, slot: u32) -> u64 {
        self.cells(slot).fold(0, |mark, cell| mark.wrapping_add(get(cell)))
    }

    /// The floating-point counter in `slot`.
    pub(crate) fn float(&self, slot: u32) -> f64 {
        self.cells(slot).map(get_float).sum()
    }

    /// The level in `slot`; never below 0, though a thread may be seen to take away what another is not yet seen to add.
    pub(crate) fn level(&self, slot: u32) -> i64 {
        self.cells(slot).fold(0_u64, |level, cell| level.wrapping_add(get(cell))).cast_signed().max(0)
    }

    /// Puts the buckets of the distribution at `slot` in `buckets`, which are 0, and gives its sum.
    pub(crate) fn distribution(&self, slot: u32, buckets: &mut [u64]) -> f64 {
        let range = (slot % SEGMENT) as usize..(slot % SEGMENT + HEAD) as usize + buckets.len();
        let mut segments = self.blocks.iter().filter_map(|block| block.segments[(slot / SEGMENT) as usize].get());
        let Some(first) = segments.next() else { return 0.0 };
        let mut sum = read_consistent(&first[range.clone()], buckets);
        let mut more = Vec::new();
        for segment in segments {
            more.resize(buckets.len(), 0);
            sum += read_consistent(&segment[range.clone()], &mut more);
            for (bucket, more) in buckets.iter_mut().zip(&more) {
                *bucket += more;
            }
        }
        sum
    }

    fn cells(&self, slot: u32) -> impl Iterator<Item = &'static AtomicU64> {
        self.blocks.iter().filter_map(move |block| block.existing(slot))
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("blocks", &self.blocks.len()).finish()
    }
}

/// The buckets and the sum of one thread, of one moment.
fn read_consistent(cells: &[AtomicU64], buckets: &mut [u64]) -> f64 {
    loop {
        let before = cells[VERSION].load(Ordering::Acquire);
        for (bucket, cell) in buckets.iter_mut().zip(&cells[HEAD as usize..]) {
            *bucket = get(cell);
        }
        let sum = get_float(&cells[SUM]);
        fence(Ordering::Acquire);
        if before.is_multiple_of(2) && get(&cells[VERSION]) == before {
            return sum;
        }
        std::hint::spin_loop();
    }
}

/// The cell `slot` that all threads share, for what is set and not added up. It is 0 at first.
pub(crate) fn shared(slot: u32) -> &'static AtomicU64 {
    static SHARED: OnceLock<&'static Block> = OnceLock::new();
    let block = SHARED.get_or_init(|| Box::leak(Box::new(Block::new())));
    &block.segment(slot)[(slot % SEGMENT) as usize]
}

/// The first of `count` slots that nobody has; a run of up to [`MAX_RUN`] lies in one segment.
pub(crate) fn allocate(count: u32) -> u32 {
    allocate_at(count, Instant::now())
}

pub(crate) fn allocate_at(count: u32, now: Instant) -> u32 {
    lock(&FREE).take(count, now)
}

/// Gives back the `count` slots from `first` on. They rest before anyone has them again, since what was kept of their
/// series may still be counted in.
pub(crate) fn free(first: u32, count: u32, now: Instant) {
    lock(&FREE).resting.push_back((now, first, count));
}

/// How long slots rest.
const REST: Duration = Duration::from_secs(600);

/// The longest run of slots.
pub(crate) const MAX_RUN: u32 = SEGMENT;

/// A run of slots that an instrument gets as it is first used.
#[derive(Debug)]
pub(crate) struct Slots(AtomicU32);

impl Slots {
    pub(crate) const fn new() -> Self {
        Slots(AtomicU32::new(NONE))
    }

    /// The first of `count` slots.
    #[inline]
    pub(crate) fn first(&self, count: u32) -> u32 {
        match self.0.load(Ordering::Acquire) {
            NONE => self.assign(count),
            first => first,
        }
    }

    #[cold]
    fn assign(&self, count: u32) -> u32 {
        let mut free = lock(&FREE);
        let first = self.0.load(Ordering::Acquire);
        if first != NONE {
            return first;
        }
        let first = free.take(count, Instant::now());
        self.0.store(first, Ordering::Release);
        first
    }
}

static FREE: Mutex<FreeSlots> = Mutex::new(FreeSlots::from(0));

/// The slots that nobody has.
struct FreeSlots {
    /// From here on nobody ever had them.
    next: u32,
    /// Since when, the first, and how many; those that rest longest first.
    resting: VecDeque<(Instant, u32, u32)>,
    /// By how many they are: the first of each run.
    rested: BTreeMap<u32, Vec<u32>>,
}

impl FreeSlots {
    const fn from(next: u32) -> Self {
        FreeSlots { next, resting: VecDeque::new(), rested: BTreeMap::new() }
    }

    /// The first of `count` slots in one segment.
    fn take(&mut self, count: u32, now: Instant) -> u32 {
        while let Some((_, first, count)) =
            self.resting.pop_front_if(|(since, ..)| now.saturating_duration_since(*since) >= REST)
        {
            self.rested.entry(count).or_default().push(first);
        }
        if let Some(first) = self.rested.get_mut(&count).and_then(Vec::pop) {
            clear(first, count);
            return first;
        }
        let left = SEGMENT - self.next % SEGMENT;
        let first = if count <= left { self.next } else { self.next + left };
        if first + count > SPILL {
            return SPILL;
        }
        self.next = first + count;
        first
    }
}

/// Makes the cells of all threads 0.
fn clear(first: u32, count: u32) {
    let blocks = Reader::new().blocks;
    for slot in first..first + count {
        blocks.iter().filter_map(|block| block.existing(slot)).for_each(|cell| set(cell, 0));
        set(shared(slot), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let before = Reader::new().blocks.len();
        for _ in 0..threads {
            thread::spawn(move || add(slot, 1)).join().unwrap();
        }
        assert_eq!(total(slot), threads);
        // Tests that run beside this one have threads of their own.
        assert!(Reader::new().blocks.len() - before < 100);
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
    fn runs_lie_in_one_segment_and_do_not_overlap() {
        let now = Instant::now();
        let mut free = FreeSlots::from(SEGMENT - 3);
        assert_eq!([free.take(2, now), free.take(2, now), free.take(1, now)], [SEGMENT - 3, SEGMENT, SEGMENT + 2]);
    }

    #[test]
    fn what_finds_no_slots_shares_the_last_segment() {
        let now = Instant::now();
        let mut free = FreeSlots::from(SPILL - 2);
        assert_eq!([free.take(1, now), free.take(2, now), free.take(3, now)], [SPILL - 2, SPILL, SPILL]);
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
