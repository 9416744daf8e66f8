//! Counters, gauges, histograms and summaries, and the label sets that tell their series apart.

#[doc(inline)]
pub use ops_core::metric::*;
