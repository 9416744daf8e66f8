//! Who wants to know of measurements and spans.

use super::span::Span;
use crate::metric::Attr;
use std::fmt;

/// Takes measurements and spans: a registry, a tracing backend, a test.
///
/// Every method has a default that does nothing, so that an observer takes what it cares for. They are called on the
/// thread that measures: be quick, and never panic.
///
/// ```
/// # extern crate ops_core as ops;
/// use ops::{Metrics, Observer, attr};
///
/// let metrics = Metrics::new();
/// let observer: &dyn Observer = &metrics;
/// observer.counter("orders_total").add(1, &[attr("channel", "web")]);
/// assert!(metrics.to_text().contains("orders_total{channel=\"web\"} 1"));
/// ```
pub trait Observer: Send + Sync {
    /// Adds `by` to the counter `name`.
    fn add_to_counter(&self, name: &str, by: u64, attrs: &[Attr]) {
        let _ = (name, by, attrs);
    }

    /// Sets the gauge `name`.
    fn set_gauge(&self, name: &str, value: f64, attrs: &[Attr]) {
        let _ = (name, value, attrs);
    }

    /// Adds `by`, which may be negative, to the gauge `name`.
    fn add_to_gauge(&self, name: &str, by: f64, attrs: &[Attr]) {
        let _ = (name, by, attrs);
    }

    /// Counts `value` in the distribution `name`.
    fn observe(&self, name: &str, value: f64, attrs: &[Attr]) {
        let _ = (name, value, attrs);
    }

    /// Starts the span `name`.
    fn start_span(&self, name: &str, attrs: &[Attr]) -> Span {
        let _ = (name, attrs);
        Span::none()
    }
}

impl dyn Observer + '_ {
    /// The counter `name`.
    pub fn counter<'a>(&'a self, name: &'a str) -> ObservedCounter<'a> {
        ObservedCounter { observer: self, name }
    }

    /// The gauge `name`.
    pub fn gauge<'a>(&'a self, name: &'a str) -> ObservedGauge<'a> {
        ObservedGauge { observer: self, name }
    }

    /// The distribution `name`.
    pub fn histogram<'a>(&'a self, name: &'a str) -> ObservedHistogram<'a> {
        ObservedHistogram { observer: self, name }
    }
}

/// A counter of an [`Observer`].
#[derive(Clone, Copy)]
pub struct ObservedCounter<'a> {
    observer: &'a dyn Observer,
    name: &'a str,
}

impl ObservedCounter<'_> {
    /// Adds `by` to the series with these labels.
    pub fn add(&self, by: u64, attrs: &[Attr]) {
        self.observer.add_to_counter(self.name, by, attrs);
    }
}

/// A gauge of an [`Observer`].
#[derive(Clone, Copy)]
pub struct ObservedGauge<'a> {
    observer: &'a dyn Observer,
    name: &'a str,
}

impl ObservedGauge<'_> {
    /// Sets the series with these labels.
    pub fn set(&self, value: f64, attrs: &[Attr]) {
        self.observer.set_gauge(self.name, value, attrs);
    }

    /// Adds `by`, which may be negative, to the series with these labels.
    pub fn add(&self, by: f64, attrs: &[Attr]) {
        self.observer.add_to_gauge(self.name, by, attrs);
    }
}

/// A distribution of an [`Observer`].
#[derive(Clone, Copy)]
pub struct ObservedHistogram<'a> {
    observer: &'a dyn Observer,
    name: &'a str,
}

impl ObservedHistogram<'_> {
    /// Counts `value` in the series with these labels.
    pub fn observe(&self, value: f64, attrs: &[Attr]) {
        self.observer.observe(self.name, value, attrs);
    }
}

macro_rules! debug_by_name {
    ($($type:ident)*) => {$(
        impl fmt::Debug for $type<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($type)).field(&self.name).finish()
            }
        }
    )*};
}

debug_by_name!(ObservedCounter ObservedGauge ObservedHistogram);

/// Takes nothing.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct NoopObserver;

impl Observer for NoopObserver {}
