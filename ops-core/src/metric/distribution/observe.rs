//! Records an observation in the cells of a histogram or summary series.

use super::native;
use crate::metric::cells::{CellRef, Distribution, thread_cells};
use crate::metric::errors::{self, Reason};

/// Number of bounds above which binary search is faster than a linear scan.
const MAX_LINEAR_SCAN: usize = 48;

/// Records `value` in a summary series.
#[inline]
pub(crate) fn sum(cells: CellRef, value: f64) {
    if value.is_nan() {
        return errors::record(Reason::Nan);
    }
    thread_cells::observe(cells, 1, 0, value);
}

/// Records `value` in a series with native buckets only.
// For a static label set, `shift` is a constant and the branch is removed.
#[inline(always)]
pub(crate) fn native(cells: CellRef, shift: u32, value: f64) {
    if shift == 0 { native_dense(cells, value) } else { native_interleaved(cells, shift, value) }
}

// All arguments fit in registers, as in `classic`, so a call is cheap and inlining is left to the compiler.
#[inline]
fn native_dense(cells: CellRef, value: f64) {
    match native::fine_bucket(value) {
        Some(bucket) => thread_cells::observe_dense(cells, native::BUCKETS as u32, bucket, value),
        None => observe_coarse(cells, 0, value),
    }
}

/// Records `value` in a series whose buckets are interleaved with those of other series.
#[inline(never)]
fn native_interleaved(cells: CellRef, shift: u32, value: f64) {
    match native::fine_bucket(value) {
        Some(bucket) => observe_interleaved(cells, shift, bucket, value),
        None => observe_coarse(cells, shift, value),
    }
}

fn observe_interleaved(cells: CellRef, shift: u32, bucket: usize, value: f64) {
    let layout = Distribution { classic: 0, native: native::BUCKETS as u32, shift };
    thread_cells::observe_native(cells, layout, bucket, None, value);
}

#[cold]
#[inline(never)]
fn observe_coarse(cells: CellRef, shift: u32, value: f64) {
    if value.is_nan() {
        errors::record(Reason::Nan);
    } else {
        observe_interleaved(cells, shift, native::bucket(value), value);
    }
}

/// Records `value` in a series with classic buckets only.
#[inline]
pub(crate) fn classic(cells: CellRef, bounds: &[f64], value: f64) {
    if value.is_nan() {
        errors::record(Reason::Nan);
    } else {
        thread_cells::observe(cells, bounds.len() as u32 + 1, bucket(bounds, value), value);
    }
}

/// Records `value` in a series with classic and native buckets.
#[cold]
pub(crate) fn both(cells: CellRef, bounds: &[f64], shift: u32, value: f64) {
    if value.is_nan() {
        errors::record(Reason::Nan);
    } else {
        let layout = Distribution { classic: bounds.len() as u32 + 1, native: native::BUCKETS as u32, shift };
        thread_cells::observe_native(cells, layout, native::bucket(value), Some(bucket(bounds, value)), value);
    }
}

/// Returns the number of the first bucket whose upper bound is at least `value`.
#[inline]
pub(crate) fn bucket(bounds: &[f64], value: f64) -> usize {
    if bounds.len() > MAX_LINEAR_SCAN {
        return search_bucket(bounds, value);
    }
    // Branch-free: a branch per bound would be mispredicted.
    bounds.iter().map(|bound| usize::from(value > *bound)).sum()
}

#[cold]
fn search_bucket(bounds: &[f64], value: f64) -> usize {
    bounds.partition_point(|bound| *bound < value)
}
