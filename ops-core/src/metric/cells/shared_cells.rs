//! Shared cells: one copy for all threads, for values that are set and not summed.

use super::block::Block;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Returns the shared cell in `slot`, which is 0 at first.
pub(crate) fn cell(slot: u32) -> &'static AtomicU64 {
    static SHARED: OnceLock<&'static Block> = OnceLock::new();
    let block = SHARED.get_or_init(|| Box::leak(Box::new(Block::new())));
    &block.cells(slot)[0]
}

/// Resets the `count` cells from `first` on to 0.
pub(super) fn clear(first: u32, count: u32) {
    (first..first + count).for_each(|slot| cell(slot).store(0, Relaxed));
}

/// Sets the value in `cell`.
#[inline]
pub(crate) fn set(cell: &AtomicU64, value: f64) {
    cell.store(value.to_bits(), Relaxed);
}

/// Adds `by` to the value in `cell`; other threads may do so concurrently.
#[inline]
pub(crate) fn add(cell: &AtomicU64, by: f64) {
    let mut bits = cell.load(Relaxed);
    let sum = |bits| (f64::from_bits(bits) + by).to_bits();
    while let Err(other) = cell.compare_exchange_weak(bits, sum(bits), Relaxed, Relaxed) {
        bits = other;
    }
}

/// Returns the value in `cell`.
pub(crate) fn get(cell: &AtomicU64) -> f64 {
    f64::from_bits(cell.load(Relaxed))
}
