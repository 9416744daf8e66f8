//! Spans and observers, including one for `tracing`.

#[cfg(feature = "tracing")]
mod tracing_observer;

pub use ops_core::trace::*;
#[cfg(feature = "tracing")]
pub use tracing_observer::TracingObserver;
