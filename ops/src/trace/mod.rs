//! Spans and observers, and the observer that writes to `tracing`.

#[cfg(feature = "tracing")]
mod tracing_observer;

pub use ops_core::trace::*;
#[cfg(feature = "tracing")]
pub use tracing_observer::TracingObserver;
