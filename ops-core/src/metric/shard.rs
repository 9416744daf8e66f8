//! Cells of which every thread has its own copy: an update is a thread-local load and a plain add.
//!
//! A *slot* is the number of a cell, the same in every thread. A thread that ends hands its block of cells on to the
//! next one that starts, values and all, so that nothing is lost and the number of blocks is that of the threads that
//! ever ran at once. The value of a slot is the sum over all blocks.

use super::block::{self, Block, Blocks, get, get_float, set};
use super::sync::SEGMENT;
use std::cell::Cell;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};

pub(crate) use super::block::HEAD;

thread_local! {
    /// The first segment of this thread's block; empty until the thread has one, and again when it ends.
    static FIRST: Cell<&'static [AtomicU64]> = const { Cell::new(&[]) };
    static OWNED: Owned = Owned(BLOCKS.take());
}

static BLOCKS: Blocks = Blocks::of(RwLock::new(Vec::new()), Mutex::new(Vec::new()));

/// What updates a thread whose own block is gone already, under the lock: a destructor of another thread-local.
static LATE: Mutex<Option<&'static Block>> = Mutex::new(None);

/// The block that this thread owns while it runs.
struct Owned(&'static Block);

impl Drop for Owned {
    fn drop(&mut self) {
        FIRST.set(&[]);
        BLOCKS.hand_on(self.0);
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
            let mut late = LATE.lock().unwrap_or_else(PoisonError::into_inner);
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

/// So many buckets are read in memory of the stack.
const FEW: usize = 64;

/// Reads the sum over all threads of what is in a slot.
#[derive(Clone)]
pub struct Reader {
    /// By number, that segment of each thread that has it.
    segments: Vec<Vec<&'static Segment>>,
}

type Segment = [AtomicU64; SEGMENT as usize];

impl Reader {
    /// A reader of the threads that there are now.
    pub(crate) fn new() -> Self {
        let mut segments: Vec<Vec<&'static Segment>> = Vec::new();
        for (number, cells) in BLOCKS.all().into_iter().flat_map(Block::segments) {
            if segments.len() <= number {
                segments.resize(number + 1, Vec::new());
            }
            segments[number].extend(<&Segment>::try_from(cells));
        }
        Reader { segments }
    }

    /// The counter in `slot`.
    #[inline(always)]
    pub(crate) fn total(&self, slot: u32) -> u64 {
        self.cells(slot).fold(0, |total, cell| total.saturating_add(get(cell)))
    }

    /// The counters in slots that are asked for one after the other, most of them near each other.
    pub(crate) fn totals(&self) -> Totals<'_> {
        Totals { reader: self, number: 0, segments: self.segments_of(0) }
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
        let mut segments = self.segments_of(slot).iter().map(|segment| &segment[(slot % SEGMENT) as usize..]);
        let Some(first) = segments.next() else { return 0.0 };
        let mut sum = block::read(first, buckets);
        let (mut few, mut many) = ([0; FEW], Vec::new());
        for segment in segments {
            // Classic buckets are few, and reading them allocates nothing.
            let more = match few.get_mut(..buckets.len()) {
                Some(few) => few,
                None => {
                    many.resize(buckets.len(), 0);
                    &mut many
                }
            };
            sum += block::read(segment, more);
            for (bucket, more) in buckets.iter_mut().zip(more) {
                *bucket += *more;
            }
        }
        sum
    }

    #[inline(always)]
    fn cells(&self, slot: u32) -> impl Iterator<Item = &'static AtomicU64> {
        self.segments_of(slot).iter().map(move |segment| &segment[(slot % SEGMENT) as usize])
    }

    #[inline(always)]
    fn segments_of(&self, slot: u32) -> &[&'static Segment] {
        self.segments.get((slot / SEGMENT) as usize).map_or(&[], Vec::as_slice)
    }
}

/// Reads counters; remembers where the last one was.
pub(crate) struct Totals<'a> {
    reader: &'a Reader,
    /// The segments of this number.
    number: u32,
    segments: &'a [&'static Segment],
}

impl Totals<'_> {
    /// The counter in `slot`.
    #[inline(always)]
    pub(crate) fn of(&mut self, slot: u32) -> u64 {
        if slot / SEGMENT != self.number {
            (self.number, self.segments) = (slot / SEGMENT, self.reader.segments_of(slot));
        }
        let cells = self.segments.iter().map(|segment| &segment[(slot % SEGMENT) as usize]);
        cells.fold(0, |total, cell| total.saturating_add(get(cell)))
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

/// The cell `slot` that all threads share, for what is set and not added up. It is 0 at first.
pub(crate) fn shared(slot: u32) -> &'static AtomicU64 {
    static SHARED: OnceLock<&'static Block> = OnceLock::new();
    let block = SHARED.get_or_init(|| Box::leak(Box::new(Block::new())));
    &block.cells(slot)[0]
}

/// Makes the `count` cells from `first` on 0, those of all threads and the shared ones.
pub(super) fn clear(first: u32, count: u32) {
    let blocks = BLOCKS.all();
    for slot in first..first + count {
        blocks.iter().filter_map(|block| block.existing(slot)).for_each(|cells| set(&cells[0], 0));
        set(shared(slot), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::slots::allocate;
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
