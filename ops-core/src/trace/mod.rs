//! Spans of annotated functions, with duration and outcome, and the observers that record them.

mod installed;
mod observer;
mod recorder;
mod scope;
mod site;
mod span;

pub use installed::install_observer;
pub use observer::{NoopObserver, ObservedCounter, ObservedGauge, ObservedSummary, Observer};
pub use recorder::SpanRecorder;
pub use site::{ActiveSpan, SpanSite};
pub use span::Span;
