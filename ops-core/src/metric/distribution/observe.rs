//! Counts one observation in the cells of a series: of a histogram, or of a summary.

use super::native;
use crate::metric::cells::thread_cells;
use crate::metric::errors::{self, Reason};

/// With more bounds than this it is quicker to search than to compare with each.
const MANY: usize = 48;

/// Counts and sums `value` in the series at `slot`, which has one bucket.
#[inline]
pub(crate) fn sum(slot: u32, value: f64) {
    if value.is_nan() {
        return errors::record(Reason::Nan);
    }
    thread_cells::observe(slot, 0, None, value);
}

/// Counts `value` in the native buckets of the series at `slot`, which has no others: their count, which is in the bucket
/// before them, is made when it is read.
// Called with what it takes in registers, as is `classic`.
#[inline]
pub(crate) fn native(slot: u32, value: f64) {
    match native::fine_bucket(value) {
        Some(bucket) => thread_cells::observe(slot, 1 + bucket, None, value),
        None => observe_coarse(slot, value),
    }
}

#[cold]
fn observe_coarse(slot: u32, value: f64) {
    if value.is_nan() {
        errors::record(Reason::Nan);
    } else {
        thread_cells::observe(slot, 1 + native::bucket(value), None, value);
    }
}

/// Counts `value` in the first classic bucket whose bound it does not exceed.
#[inline]
pub(crate) fn classic(slot: u32, bounds: &[f64], value: f64) {
    if value.is_nan() {
        errors::record(Reason::Nan);
    } else {
        thread_cells::observe(slot, bucket(bounds, value), None, value);
    }
}

/// Counts `value` in its classic and in its native bucket.
#[cold]
pub(crate) fn both(slot: u32, bounds: &[f64], value: f64) {
    if value.is_nan() {
        errors::record(Reason::Nan);
    } else {
        thread_cells::observe(slot, bucket(bounds, value), Some(bounds.len() + 1 + native::bucket(value)), value);
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
