//! Distributions: which bucket of a histogram an observation counts in.

mod buckets;
pub(super) mod native;
pub(super) mod observe;

pub use buckets::Buckets;
