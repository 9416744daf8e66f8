//! Spans: what a piece of work is called, how long it took and how it ended, and who wants to know.

mod current;
mod installed;
mod observer;
mod site;

pub use installed::install_observer;
pub use observer::{NoopObserver, ObservedCounter, ObservedGauge, ObservedHistogram, Observer, Span, SpanRecorder};
pub use site::{ActiveSpan, SpanSite};
