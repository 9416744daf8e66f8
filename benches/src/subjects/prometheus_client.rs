//! `prometheus-client`.

use crate::input::{BUCKETS, Durations, Requests, route};
use crate::subject::{Exporter, Kind, Operation, Role, Size, Subject, Variant, leak};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, NativeHistogramConfig};
use prometheus_client::registry::Registry;
use std::fmt;

pub(crate) const SUBJECT: Subject = Subject {
    name: "prometheus-client",
    role: Role::Peer,
    variants: &[
        Variant::new("counter_static", "Counter::inc", counter_static),
        Variant::new("counter_closed_labels", "cached Counter", counter_closed_labels),
        Variant::new("counter_dynamic_labels_1", "Family of (&'static str, u16)", || dynamic(1)),
        Variant::new("counter_dynamic_labels_100", "Family of (&'static str, u16)", || dynamic(100)),
        Variant::new("counter_dynamic_labels_10000", "Family of (&'static str, u16)", || dynamic(10_000)),
        Variant::new("histogram_11", "Histogram::observe", histogram_11),
        Variant::new("histogram_native", "Histogram::observe, growth factor 1.1", histogram_native),
        Variant::new("gauge_set", "Gauge::set", gauge_set),
    ],
    exporter: Some(|size| Box::new(Exported::of(size))),
};

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Request {
    method: &'static str,
    status: u16,
}

fn counter_static() -> Operation {
    let counter = leak(Counter::<u64>::default());
    Operation::new(|_| counter.inc())
}

fn counter_closed_labels() -> Operation {
    let counters = Family::<Request, Counter>::default();
    let counter = leak(counters.get_or_create_owned(&Request { method: "GET", status: 200 }));
    Operation::new(|_| counter.inc())
}

fn dynamic(series: usize) -> Operation {
    let (requests, counters) = (Requests::of(series), leak(Family::<Request, Counter>::default()));
    for (method, status) in requests.all() {
        counters.get_or_create(&Request { method, status }).inc();
    }
    Operation::new(|at| {
        let (method, status) = requests.at(at);
        counters.get_or_create(&Request { method, status }).inc();
    })
}

fn histogram_11() -> Operation {
    let (histogram, durations) = (leak(Histogram::new(BUCKETS)), Durations::new());
    Operation::new(move |at| histogram.observe(durations.at(at)))
}

fn histogram_native() -> Operation {
    let histogram = leak(Histogram::new_native(NativeHistogramConfig::new(1.1)));
    let durations = Durations::new();
    Operation::new(move |at| histogram.observe(durations.at(at)))
}

fn gauge_set() -> Operation {
    let gauge = leak(Gauge::<i64>::default());
    Operation::new(|at| gauge.set(at as i64))
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    route: String,
    status: u16,
}

struct Exported {
    registry: Registry,
    counters: Family<Route, Counter>,
    histograms: Family<Route, Histogram, fn() -> Histogram>,
    kind: Kind,
}

impl Exported {
    fn of(size: Size) -> Self {
        let mut registry = Registry::default();
        let counters = Family::default();
        let histograms = Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        match size.kind {
            Kind::Counter => registry.register("http_requests", "Requests", counters.clone()),
            Kind::Histogram => registry.register("http_request_duration_seconds", "Latency", histograms.clone()),
        }
        Exported { registry, counters, histograms, kind: size.kind }
    }
}

impl Exporter for Exported {
    fn make(&self, series: usize) {
        let labels = Route { route: route::route(series), status: route::status(series) };
        match self.kind {
            Kind::Counter => {
                self.counters.get_or_create(&labels).inc_by(route::total(series));
            }
            Kind::Histogram => {
                let histogram = self.histograms.get_or_create(&labels);
                route::OBSERVATIONS.iter().for_each(|value| histogram.observe(*value));
            }
        }
    }

    fn touch(&self, series: usize) {
        self.counters.get_or_create(&Route { route: route::route(series), status: route::status(series) }).inc();
    }

    fn encode(&self, to: &mut Vec<u8>) {
        to.clear();
        let mut written = String::from_utf8(std::mem::take(to)).expect("a cleared buffer is valid UTF-8");
        text::encode(&mut written, &self.registry).expect("writing to a `String` is infallible");
        *to = written.into_bytes();
    }

    fn stream(&self) -> usize {
        struct Counted(usize);
        impl fmt::Write for Counted {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.0 += text.len();
                Ok(())
            }
        }
        let mut counted = Counted(0);
        text::encode(&mut counted, &self.registry).expect("counting bytes is infallible");
        counted.0
    }
}
