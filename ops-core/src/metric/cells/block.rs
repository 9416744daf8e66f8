//! Blocks of cells: one thread writes to a block, any thread reads it.
//!
//! Only the thread that owns a block writes to it, so a load and a store are an update. This file names nothing but
//! `super::sync`, so that the tests in `tests/loom` run it as it stands in a model of the memory.

use super::sync::IgnorePoison;
use super::sync::{AtomicU64, Mutex, Ordering, RwLock, SEGMENT, fence, spin_loop, zeroed};
use std::sync::OnceLock;

/// Segments of one block: 16,777,216 cells.
pub(super) const SEGMENTS: usize = 1 << 8;

/// The cells of one thread.
pub(super) struct Block {
    segments: [OnceLock<Segment>; SEGMENTS],
}

/// Cells whose memory is paged in as it is touched.
type Segment = Box<[AtomicU64]>;

impl Block {
    pub(super) fn new() -> Self {
        Block { segments: [const { OnceLock::new() }; SEGMENTS] }
    }

    /// The segment of `slot`, made if need be.
    pub(super) fn segment(&self, slot: u32) -> &[AtomicU64] {
        self.segments[(slot / SEGMENT) as usize].get_or_init(|| zeroed(SEGMENT as usize))
    }

    /// The segments that there are, by number.
    pub(super) fn segments(&self) -> impl Iterator<Item = (usize, &[AtomicU64])> {
        let segments = self.segments.iter().enumerate();
        segments.filter_map(|(number, segment)| Some((number, &**segment.get()?)))
    }

    /// The cells from `slot` to the end of its segment, made if need be.
    pub(super) fn cells(&self, slot: u32) -> &[AtomicU64] {
        &self.segment(slot)[(slot % SEGMENT) as usize..]
    }

    /// The same, unless nothing was ever added near it.
    #[inline]
    pub(super) fn existing(&self, slot: u32) -> Option<&[AtomicU64]> {
        self.segments[(slot / SEGMENT) as usize].get().map(|segment| &segment[(slot % SEGMENT) as usize..])
    }
}

/// All blocks, and those that no thread owns now.
pub(super) struct Blocks {
    all: RwLock<Vec<&'static Block>>,
    free: Mutex<Vec<&'static Block>>,
}

impl Blocks {
    /// No blocks yet, in these locks.
    pub(super) const fn of(all: RwLock<Vec<&'static Block>>, free: Mutex<Vec<&'static Block>>) -> Self {
        Blocks { all, free }
    }

    /// A block for a thread to own: one that another thread handed on, or a new one.
    pub(super) fn acquire(&self) -> &'static Block {
        let free = self.free.lock().ignore_poison().pop();
        free.unwrap_or_else(|| self.make())
    }

    /// Hands on the block of a thread that ends.
    pub(super) fn release(&self, block: &'static Block) {
        self.free.lock().ignore_poison().push(block);
    }

    /// A new block.
    pub(super) fn make(&self) -> &'static Block {
        let block: &'static Block = Box::leak(Box::new(Block::new()));
        self.all.write().ignore_poison().push(block);
        block
    }

    /// All blocks that there are.
    pub(super) fn all(&self) -> Vec<&'static Block> {
        self.all.read().ignore_poison().clone()
    }
}

#[inline]
pub(super) fn get(cell: &AtomicU64) -> u64 {
    cell.load(Ordering::Relaxed)
}

#[inline]
pub(super) fn set(cell: &AtomicU64, value: u64) {
    cell.store(value, Ordering::Relaxed);
}

#[inline]
pub(super) fn get_float(cell: &AtomicU64) -> f64 {
    f64::from_bits(get(cell))
}

#[inline]
pub(super) fn set_float(cell: &AtomicU64, value: f64) {
    set(cell, value.to_bits());
}

/// Adds `by` to the counter that `cells` starts with, which stays at the largest number once it is there.
#[inline]
pub(super) fn add(cells: &[AtomicU64], by: u64) {
    let cell = &cells[0];
    // A branch that is foreseen costs nothing; to choose between two numbers would make the next addition wait for it.
    match get(cell).checked_add(by) {
        Some(total) => set(cell, total),
        None => stay_at_largest(cell),
    }
}

#[cold]
fn stay_at_largest(cell: &AtomicU64) {
    set(cell, u64::MAX);
}

/// Adds `by` to the floating-point counter that `cells` starts with.
#[inline]
pub(super) fn add_float(cells: &[AtomicU64], by: f64) {
    set_float(&cells[0], get_float(&cells[0]) + by);
}

/// Adds `by` to the level that `cells` starts with.
#[inline]
pub(super) fn add_level(cells: &[AtomicU64], by: i64) {
    set(&cells[0], get(&cells[0]).wrapping_add_signed(by));
}

/// Cells of a distribution before its buckets: the version, and the sum.
pub(crate) const DISTRIBUTION_HEAD: u32 = 2;
const VERSION: usize = 0;
const SUM: usize = 1;

/// Counts `value` in the buckets number `bucket` and, if there is one, `also` of the distribution that `cells` starts with.
///
/// The version is odd meanwhile, so that a reader takes buckets and sum of one moment.
#[inline]
pub(super) fn observe(cells: &[AtomicU64], bucket: usize, also: Option<usize>, value: f64) {
    // One check for all: what is below takes no more.
    let cells = &cells[..DISTRIBUTION_HEAD as usize + bucket.max(also.unwrap_or(0)) + 1];
    let version = get(&cells[VERSION]);
    set(&cells[VERSION], version.wrapping_add(1));
    fence(Ordering::Release);
    let count = |bucket: usize| {
        let cell = &cells[DISTRIBUTION_HEAD as usize + bucket];
        set(cell, get(cell) + 1);
    };
    count(bucket);
    if let Some(also) = also {
        count(also);
    }
    set_float(&cells[SUM], get_float(&cells[SUM]) + value);
    cells[VERSION].store(version.wrapping_add(2), Ordering::Release);
}

/// Puts the buckets of the distribution that `cells` starts with in `buckets`, and gives its sum: both of one moment.
pub(super) fn read(cells: &[AtomicU64], buckets: &mut [u64]) -> f64 {
    loop {
        let before = cells[VERSION].load(Ordering::Acquire);
        for (bucket, cell) in buckets.iter_mut().zip(&cells[DISTRIBUTION_HEAD as usize..]) {
            *bucket = get(cell);
        }
        let sum = get_float(&cells[SUM]);
        fence(Ordering::Acquire);
        if before & 1 == 0 && get(&cells[VERSION]) == before {
            return sum;
        }
        spin_loop();
    }
}
