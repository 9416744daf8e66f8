//! Metric types (counters, gauges, histograms, summaries, ...) and label sets.

#[doc(inline)]
pub use ops_core::metric::*;
