//! Cells that one thread writes: a load and a store are an update.

use crate::input::{BUCKETS, Durations};
use crate::subject::{Operation, leak};
use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// The cells of one thread: a power of two, so that a number needs no check.
pub(super) type Block = [AtomicU64; 1 << 15];

/// Enough for the rows; each has its own cells.
const BUCKETS_AT: usize = 64;
const EXPONENTIAL_AT: usize = 1 << 14;

thread_local! {
    static BLOCK: Cell<Option<&'static Block>> = const { Cell::new(None) };
}

/// The cells of this thread.
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
    let block: Box<Block> = block.try_into().expect("as many as there are");
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

/// A cache line a thread and counter, found by the number of the thread.
#[repr(align(128))]
struct Line(AtomicU64);

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

pub(super) fn numbered() -> Operation {
    Operation::new(|_| add(&block()[black_box(17) % (1 << 15)], 1))
}

pub(super) fn two_enums() -> Operation {
    Operation::new(|_| {
        let (method, status) = black_box((1_u8, 2_u8));
        add(&block()[32 + (usize::from(method) * 3 + usize::from(status)) % 16], 1);
    })
}

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

/// Eight buckets for each power of two, found in the bits of the number.
pub(super) fn exponential() -> Operation {
    let durations = Durations::new();
    Operation::new(move |at| {
        let value = durations.at(at);
        let block = block();
        add(&block[EXPONENTIAL_AT + ((value.to_bits() >> 49) as usize & 0x3fff)], 1);
        add_float(&block[BUCKETS_AT + 17], value);
    })
}

pub(super) fn store() -> Operation {
    let gauge = leak(AtomicU64::new(0));
    Operation::new(|at| gauge.store(at as u64, Relaxed))
}
