//! Maps observations to the classic and native buckets of histograms and summaries.

pub(super) mod native;
pub(super) mod observe;
