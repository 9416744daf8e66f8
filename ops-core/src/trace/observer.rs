//! Observers, which receive spans and measurements.

use super::span::Span;
use crate::metric::Attr;
use std::fmt;
use std::sync::Arc;

/// A receiver of spans and measurements, such as a registry, a tracing backend or a test.
///
/// An [installed](crate::install_observer) observer receives the spans of annotated functions:
/// [`start_span`](Observer::start_span) is the only method that the library itself calls. Measurements of statics and
/// annotated functions are recorded in the registry, [`metrics()`](crate::metrics()), and not forwarded to observers.
///
/// The other methods are for code that records through a `&dyn Observer` instead of through statics, by a handle returned
/// from [`counter`](trait.Observer.html#method.counter), [`gauge`](trait.Observer.html#method.gauge) or
/// [`summary`](trait.Observer.html#method.summary).
///
/// The default implementation of every method does nothing. Methods are called on the recording thread: they must be quick
/// and must not panic.
///
/// # Examples
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
    /// Adds `by` to the counter `name`; called by [`ObservedCounter::add`].
    fn add_to_counter(&self, name: &str, by: u64, attrs: &[Attr]) {
        let _ = (name, by, attrs);
    }

    /// Sets the gauge `name` to `value`; called by [`ObservedGauge::set`].
    fn set_gauge(&self, name: &str, value: f64, attrs: &[Attr]) {
        let _ = (name, value, attrs);
    }

    /// Adds `by`, which may be negative, to the gauge `name`; called by [`ObservedGauge::add`].
    fn add_to_gauge(&self, name: &str, by: f64, attrs: &[Attr]) {
        let _ = (name, by, attrs);
    }

    /// Records `value` in the distribution `name`; called by [`ObservedSummary::observe`].
    fn observe(&self, name: &str, value: f64, attrs: &[Attr]) {
        let _ = (name, value, attrs);
    }

    /// Starts the span `name`; called at the start of each annotated function if the observer is installed.
    fn start_span(&self, name: &str, attrs: &[Attr]) -> Span {
        let _ = (name, attrs);
        Span::none()
    }
}

/// Implements [`Observer`] for smart pointers by forwarding every method.
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
    /// Returns a handle to the counter `name`.
    pub fn counter<'a>(&'a self, name: &'a str) -> ObservedCounter<'a> {
        ObservedCounter { observer: self, name }
    }

    /// Returns a handle to the gauge `name`.
    pub fn gauge<'a>(&'a self, name: &'a str) -> ObservedGauge<'a> {
        ObservedGauge { observer: self, name }
    }

    /// Returns a handle to the summary `name`.
    ///
    /// The observer decides how to aggregate the observations; a registry keeps their count and sum.
    pub fn summary<'a>(&'a self, name: &'a str) -> ObservedSummary<'a> {
        ObservedSummary { observer: self, name }
    }

    /// Returns a handle to the **summary** `name`.
    ///
    /// Alias of [`summary`](trait.Observer.html#method.summary), which is preferred: a registry exposes the family as a summary,
    /// since it has no buckets. [`Metrics::histogram_with_buckets`](crate::Metrics::histogram_with_buckets) returns a histogram.
    pub fn histogram<'a>(&'a self, name: &'a str) -> ObservedSummary<'a> {
        self.summary(name)
    }
}

/// A counter that records through an [`Observer`].
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

/// A gauge that records through an [`Observer`].
#[derive(Clone, Copy)]
pub struct ObservedGauge<'a> {
    observer: &'a dyn Observer,
    name: &'a str,
}

impl ObservedGauge<'_> {
    /// Sets the series with these labels to `value`.
    pub fn set(&self, value: f64, attrs: &[Attr]) {
        self.observer.set_gauge(self.name, value, attrs);
    }

    /// Adds `by`, which may be negative, to the series with these labels.
    pub fn add(&self, by: f64, attrs: &[Attr]) {
        self.observer.add_to_gauge(self.name, by, attrs);
    }
}

/// A summary that records through an [`Observer`].
#[derive(Clone, Copy)]
pub struct ObservedSummary<'a> {
    observer: &'a dyn Observer,
    name: &'a str,
}

impl ObservedSummary<'_> {
    /// Records `value` in the series with these labels.
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

debug_by_name!(ObservedCounter ObservedGauge ObservedSummary);

/// An observer that discards everything.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct NoopObserver;

impl Observer for NoopObserver {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{Counter, attr};
    use crate::trace::install_observer;
    use crate::unwind::IgnorePoison;
    use std::sync::Mutex;

    /// An observer that keeps a line for each measurement.
    #[derive(Clone, Default)]
    struct Recorded(Arc<Mutex<Vec<String>>>);

    impl Recorded {
        fn push(&self, measurement: String) {
            self.0.lock().ignore_poison().push(measurement);
        }
    }

    impl Observer for Recorded {
        fn add_to_counter(&self, name: &str, by: u64, attrs: &[Attr]) {
            self.push(format!("{name} +{by} {}", attrs.len()));
        }

        fn set_gauge(&self, name: &str, value: f64, _attrs: &[Attr]) {
            self.push(format!("{name} ={value}"));
        }

        fn add_to_gauge(&self, name: &str, by: f64, _attrs: &[Attr]) {
            self.push(format!("{name} {by:+}"));
        }

        fn observe(&self, name: &str, value: f64, _attrs: &[Attr]) {
            self.push(format!("{name} {value}"));
        }

        fn start_span(&self, name: &str, attrs: &[Attr]) -> Span {
            self.push(format!("{name} started {}", attrs.len()));
            Span::none()
        }
    }

    #[test]
    fn observer_receives_measurements_of_its_handles_but_not_of_statics() {
        static ORDERS: Counter = Counter::new();
        let recorded = Recorded::default();
        install_observer(recorded.clone());
        ORDERS.inc();
        let observer: &dyn Observer = &recorded;
        observer.counter("orders").add(2, &[attr("channel", "web")]);
        observer.gauge("depth").set(7.0, &[]);
        observer.gauge("depth").add(-1.0, &[]);
        observer.summary("size").observe(0.5, &[]);
        observer.histogram("size").observe(1.5, &[]);
        assert_eq!(*recorded.0.lock().ignore_poison(), ["orders +2 1", "depth =7", "depth -1", "size 0.5", "size 1.5"]);
    }

    #[test]
    fn smart_pointers_forward_every_method() {
        let recorded = Recorded::default();
        let boxed: Box<dyn Observer> = Box::new(Arc::new(recorded.clone()) as Arc<dyn Observer>);
        let attrs = [attr("a", 1)];
        let observer: &dyn Observer = &boxed;
        observer.counter("c").add(1, &attrs);
        observer.gauge("g").set(1.0, &attrs);
        observer.gauge("l").add(1.0, &attrs);
        observer.summary("h").observe(1.0, &attrs);
        observer.start_span("s", &attrs).end();
        assert_eq!(*recorded.0.lock().ignore_poison(), ["c +1 1", "g =1", "l +1", "h 1", "s started 1"]);
    }
}
