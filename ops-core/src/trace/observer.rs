//! Who wants to know of measurements and spans.

use super::span::Span;
use crate::metric::Attr;
use std::fmt;
use std::sync::Arc;

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

/// Forwards every method of [`Observer`] to what a smart pointer points to.
macro_rules! forward_observer {
    ($($pointer:ident)*) => {$(
        impl<T: Observer + ?Sized> Observer for $pointer<T> {
            fn add_to_counter(&self, name: &str, by: u64, attrs: &[Attr]) {
                (**self).add_to_counter(name, by, attrs);
            }

            fn set_gauge(&self, name: &str, value: f64, attrs: &[Attr]) {
                (**self).set_gauge(name, value, attrs);
            }

            fn add_to_gauge(&self, name: &str, by: f64, attrs: &[Attr]) {
                (**self).add_to_gauge(name, by, attrs);
            }

            fn observe(&self, name: &str, value: f64, attrs: &[Attr]) {
                (**self).observe(name, value, attrs);
            }

            fn start_span(&self, name: &str, attrs: &[Attr]) -> Span {
                (**self).start_span(name, attrs)
            }
        }
    )*};
}

forward_observer!(Arc Box);

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::attr;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Calls(Mutex<Vec<String>>);

    impl Calls {
        fn push(&self, call: &str, name: &str, attrs: &[Attr]) {
            self.0.lock().unwrap().push(format!("{call} {name} {}", attrs.len()));
        }
    }

    impl Observer for Calls {
        fn add_to_counter(&self, name: &str, _by: u64, attrs: &[Attr]) {
            self.push("counter", name, attrs);
        }

        fn set_gauge(&self, name: &str, _value: f64, attrs: &[Attr]) {
            self.push("gauge", name, attrs);
        }

        fn add_to_gauge(&self, name: &str, _by: f64, attrs: &[Attr]) {
            self.push("level", name, attrs);
        }

        fn observe(&self, name: &str, _value: f64, attrs: &[Attr]) {
            self.push("histogram", name, attrs);
        }

        fn start_span(&self, name: &str, attrs: &[Attr]) -> Span {
            self.push("span", name, attrs);
            Span::none()
        }
    }

    #[test]
    fn smart_pointers_forward_every_method() {
        let calls = Arc::new(Calls::default());
        let boxed: Box<dyn Observer> = Box::new(calls.clone() as Arc<dyn Observer>);
        let attrs = [attr("a", 1)];
        let observer: &dyn Observer = &boxed;
        observer.counter("c").add(1, &attrs);
        observer.gauge("g").set(1.0, &attrs);
        observer.gauge("l").add(1.0, &attrs);
        observer.histogram("h").observe(1.0, &attrs);
        observer.start_span("s", &attrs).end();
        assert_eq!(*calls.0.lock().unwrap(), ["counter c 1", "gauge g 1", "level l 1", "histogram h 1", "span s 1"]);
    }
}
