//! Counts one observation in the cells of a series: of a histogram, or of a summary.

use super::native;
use crate::metric::cells::{CellRef, Distribution, thread_cells};
use crate::metric::errors::{self, Reason};

/// With more bounds than this it is quicker to search than to compare with each.
const MANY: usize = 48;

/// Counts and sums `value` in a series that has one bucket.
#[inline]
pub(crate) fn sum(cells: CellRef, value: f64) {
    if value.is_nan() {
        return errors::record(Reason::Nan);
    }
    thread_cells::observe(cells, 1, 0, value);
}

/// Counts `value` in a series that has native buckets alone.
// Of a static label set, it is known as this is compiled which of the two it is.
#[inline(always)]
pub(crate) fn native(cells: CellRef, shift: u32, value: f64) {
    if shift == 0 { native_dense(cells, value) } else { native_beside(cells, shift, value) }
}

// Called with what it takes in registers, as is `classic`.
#[inline]
fn native_dense(cells: CellRef, value: f64) {
    match native::fine_bucket(value) {
        Some(bucket) => thread_cells::observe_dense(cells, native::BUCKETS as u32, bucket, value),
        None => observe_coarse(cells, 0, value),
    }
}

/// Counts `value` where the buckets of several series lie side by side.
#[inline(never)]
fn native_beside(cells: CellRef, shift: u32, value: f64) {
    match native::fine_bucket(value) {
        Some(bucket) => observe_beside(cells, shift, bucket, value),
        None => observe_coarse(cells, shift, value),
    }
}

fn observe_beside(cells: CellRef, shift: u32, bucket: usize, value: f64) {
    let of = Distribution { classic: 0, native: native::BUCKETS as u32, shift };
    thread_cells::observe_native(cells, of, bucket, None, value);
}

#[cold]
#[inline(never)]
fn observe_coarse(cells: CellRef, shift: u32, value: f64) {
    if value.is_nan() {
        errors::record(Reason::Nan);
    } else {
        observe_beside(cells, shift, native::bucket(value), value);
    }
}

/// Counts `value` in the first classic bucket whose bound it does not exceed.
#[inline]
pub(crate) fn classic(cells: CellRef, bounds: &[f64], value: f64) {
    if value.is_nan() {
        errors::record(Reason::Nan);
    } else {
        thread_cells::observe(cells, bounds.len() as u32 + 1, bucket(bounds, value), value);
    }
}

/// Counts `value` in its classic and in its native bucket.
#[cold]
pub(crate) fn both(cells: CellRef, bounds: &[f64], shift: u32, value: f64) {
    if value.is_nan() {
        errors::record(Reason::Nan);
    } else {
        let of = Distribution { classic: bounds.len() as u32 + 1, native: native::BUCKETS as u32, shift };
        thread_cells::observe_native(cells, of, native::bucket(value), Some(bucket(bounds, value)), value);
    }
}

/// The first bucket whose bound `value` does not exceed.
#[inline]
pub(crate) fn bucket(bounds: &[f64], value: f64) -> usize {
    if bounds.len() > MANY {
        return bucket_of_many(bounds, value);
    }
    // Without a branch a bucket, which would be mispredicted: as many additions as there are bounds.
    bounds.iter().map(|bound| usize::from(value > *bound)).sum()
}

#[cold]
fn bucket_of_many(bounds: &[f64], value: f64) -> usize {
    bounds.partition_point(|bound| *bound < value)
}
