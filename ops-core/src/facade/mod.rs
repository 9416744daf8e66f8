//! The attributes and derives as `ops` re-exports them: their expansions name the crate `ops`.
//!
//! A crate that has `ops` in its manifest uses these through `ops`; one that has `ops-core` alone uses those at the root of
//! this crate, whose expansions name `ops_core`. A crate needs this module only if it re-exports the attributes as `ops` does.

pub use ops_macros::{LabelValue, Labels, health_check, instrument_span, metric};
