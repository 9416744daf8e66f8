//! Attributes and derives whose expansions refer to the crate `ops`, for re-export by `ops`.
//!
//! Crates that depend on `ops` use these through `ops`; crates that depend on `ops-core` alone use the ones at the root of
//! this crate, whose expansions refer to `ops_core`. Only a crate that re-exports the attributes, as `ops` does, needs this
//! module.

pub use ops_macros::{LabelValue, Labels, health_check, instrument_span, metric};
