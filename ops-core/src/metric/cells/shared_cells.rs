//! Shared cells: one copy for all threads, for gauges that are set rather than summed.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Sets the value in `cell`.
#[inline]
pub(crate) fn set(cell: &AtomicU64, value: f64) {
    cell.store(value.to_bits(), Relaxed);
}

/// Atomically adds `by` to the value in `cell`. Returns `false` and changes nothing if the sum is NaN.
#[inline]
pub(crate) fn add(cell: &AtomicU64, by: f64) -> bool {
    let mut bits = cell.load(Relaxed);
    loop {
        let sum = f64::from_bits(bits) + by;
        if sum.is_nan() {
            return false;
        }
        match cell.compare_exchange_weak(bits, sum.to_bits(), Relaxed, Relaxed) {
            Ok(_) => return true,
            Err(other) => bits = other,
        }
    }
}

/// Returns the value in `cell`.
pub(crate) fn get(cell: &AtomicU64) -> f64 {
    f64::from_bits(cell.load(Relaxed))
}
