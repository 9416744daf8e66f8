//! Bucket bounds of histograms, and default buckets for durations.

mod bucket_bounds;
mod duration_buckets;

pub use bucket_bounds::Buckets;
pub use duration_buckets::PackageBuckets;

pub(crate) use duration_buckets::DurationBuckets;
