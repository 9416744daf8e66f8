//! Thread-local cells.
//!
//! A cell has a single writer, which updates it with a load and a store instead of an atomic read-modify-write.

use crate::input::{BUCKETS, Durations};
use crate::subject::{Operation, leak};
use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Cells of one thread; the length is a power of two, so that a masked index needs no bounds check.
pub(super) type Block = [AtomicU64; 1 << 15];

/// Index of the first classic bucket; every row uses separate cells.
const BUCKETS_AT: usize = 64;
/// Index of the first exponential bucket.
const EXPONENTIAL_AT: usize = 1 << 14;

thread_local! {
    static BLOCK: Cell<Option<&'static Block>> = const { Cell::new(None) };
}

/// Returns the cells of this thread, and allocates them on first use.
#[inline(always)]
pub(super) fn block() -> &'static Block {
    match BLOCK.get() {
        Some(block) => block,
        None => new_block(),
    }
}

#[cold]
#[inline(never)]
fn new_block() -> &'static Block {
    let block: Box<[AtomicU64]> = (0..1 << 15).map(|_| AtomicU64::new(0)).collect();
    let block: Box<Block> = block.try_into().expect("the length is that of `Block`");
    let block = Box::leak(block);
    BLOCK.set(Some(block));
    block
}

#[inline(always)]
pub(super) fn add(cell: &AtomicU64, by: u64) {
    cell.store(cell.load(Relaxed).wrapping_add(by), Relaxed);
}

#[inline(always)]
pub(super) fn add_float(cell: &AtomicU64, by: f64) {
    cell.store((f64::from_bits(cell.load(Relaxed)) + by).to_bits(), Relaxed);
}

/// A shard of a counter on its own cache line, selected by the thread number.
#[repr(align(128))]
struct Line(AtomicU64);

/// Increments the shard of this thread.
pub(super) fn shard() -> Operation {
    static SHARDS: [Line; 64] = [const { Line(AtomicU64::new(0)) }; 64];
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static THREAD: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    #[cold]
    #[inline(never)]
    fn number() -> usize {
        let number = THREADS.fetch_add(1, Relaxed) % SHARDS.len();
        THREAD.set(number);
        number
    }
    Operation::new(|_| {
        let mut thread = THREAD.get();
        if thread == usize::MAX {
            thread = number();
        }
        add(&SHARDS[thread % SHARDS.len()].0, 1);
    })
}

/// Increments the cell with a fixed index.
pub(super) fn numbered() -> Operation {
    Operation::new(|_| add(&block()[black_box(17) % (1 << 15)], 1))
}

/// Increments the cell whose index is computed from two enum values.
pub(super) fn two_enums() -> Operation {
    Operation::new(|_| {
        let (method, status) = black_box((1_u8, 2_u8));
        add(&block()[32 + (usize::from(method) * 3 + usize::from(status)) % 16], 1);
    })
}

/// Observes a duration in 11 buckets, without branches.
pub(super) fn buckets() -> Operation {
    let durations = Durations::new();
    Operation::new(move |at| {
        let value = durations.at(at);
        let bucket: usize = BUCKETS.iter().map(|bound| usize::from(*bound < value)).sum();
        let block = block();
        add(&block[BUCKETS_AT + bucket % 16], 1);
        add_float(&block[BUCKETS_AT + 16], value);
    })
}

/// Observes a duration in exponential buckets, eight per power of two.
///
/// The bucket index is part of the bits of the float.
pub(super) fn exponential() -> Operation {
    let durations = Durations::new();
    Operation::new(move |at| {
        let value = durations.at(at);
        let block = block();
        add(&block[EXPONENTIAL_AT + ((value.to_bits() >> 49) as usize & 0x3fff)], 1);
        add_float(&block[BUCKETS_AT + 17], value);
    })
}

/// Sets a gauge.
pub(super) fn store() -> Operation {
    let gauge = leak(AtomicU64::new(0));
    Operation::new(|at| gauge.store(at as u64, Relaxed))
}
