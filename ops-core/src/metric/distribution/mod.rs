//! Distributions: which bucket of a histogram an observation counts in.

pub(super) mod native;
pub(super) mod observe;
