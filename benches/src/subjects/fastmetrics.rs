//! `fastmetrics`.

use crate::input::{BUCKETS, Durations, Requests, route};
use crate::subject::{Exporter, Kind, Operation, Role, Size, Subject, Variant, leak};
use fastmetrics::derive::LabelSet;
use fastmetrics::format::text;
use fastmetrics::metrics::counter::Counter;
use fastmetrics::metrics::family::Family;
use fastmetrics::metrics::gauge::Gauge;
use fastmetrics::metrics::histogram::Histogram;
use fastmetrics::registry::Registry;

pub(crate) const SUBJECT: Subject = Subject {
    name: "fastmetrics",
    role: Role::Peer,
    variants: &[
        Variant::new("counter_static", "Counter::inc", counter_static),
        Variant::new("counter_closed_labels", "Family of (&'static str, u16)", counter_closed_labels),
        Variant::new("counter_dynamic_labels_1", "Family of (&'static str, u16)", || dynamic(1)),
        Variant::new("counter_dynamic_labels_100", "Family of (&'static str, u16)", || dynamic(100)),
        Variant::new("counter_dynamic_labels_10000", "Family of (&'static str, u16)", || dynamic(10_000)),
        Variant::new("histogram_11", "Histogram::observe", histogram_11),
        Variant::new("gauge_set", "Gauge::set", gauge_set),
    ],
    exporter: Some(|size| Box::new(Exported::of(size))),
};

#[derive(Clone, Hash, PartialEq, Eq, LabelSet)]
struct Request {
    method: &'static str,
    status: u16,
}

fn counter_static() -> Operation {
    let counter = leak(Counter::<u64>::default());
    Operation::new(|_| counter.inc())
}

fn counter_closed_labels() -> Operation {
    let counters = leak(Family::<Request, Counter>::default());
    Operation::new(|_| counters.with_or_new(&Request { method: "GET", status: 200 }, |counter| counter.inc()))
}

fn dynamic(series: usize) -> Operation {
    let (requests, counters) = (Requests::of(series), leak(Family::<Request, Counter>::default()));
    for (method, status) in requests.all() {
        counters.with_or_new(&Request { method, status }, |counter| counter.inc());
    }
    Operation::new(|at| {
        let (method, status) = requests.at(at);
        counters.with_or_new(&Request { method, status }, |counter| counter.inc())
    })
}

fn histogram_11() -> Operation {
    let (histogram, durations) = (leak(Histogram::new(BUCKETS)), Durations::new());
    Operation::new(move |at| histogram.observe(durations.at(at)))
}

fn gauge_set() -> Operation {
    let gauge = leak(Gauge::<i64>::default());
    Operation::new(|at| gauge.set(at as i64))
}

#[derive(Clone, Hash, PartialEq, Eq, LabelSet)]
struct Route {
    route: String,
    status: u16,
}

struct Exported {
    registry: Registry,
    counters: Family<Route, Counter>,
    histograms: Family<Route, Histogram>,
    kind: Kind,
}

impl Exported {
    fn of(size: Size) -> Self {
        let mut registry = Registry::default();
        let counters = Family::default();
        let histograms = Family::new(|| Histogram::new(BUCKETS));
        let registered = match size.kind {
            Kind::Counter => registry.register("http_requests", "Requests", counters.clone()).is_ok(),
            Kind::Histogram => {
                registry.register("http_request_duration_seconds", "Latency", histograms.clone()).is_ok()
            }
        };
        assert!(registered, "duplicate name in a new registry");
        Exported { registry, counters, histograms, kind: size.kind }
    }
}

impl Exporter for Exported {
    fn make(&self, series: usize) {
        let labels = Route { route: route::route(series), status: route::status(series) };
        match self.kind {
            Kind::Counter => self.counters.with_or_new(&labels, |counter| counter.inc_by(route::total(series))),
            Kind::Histogram => self.histograms.with_or_new(&labels, |histogram| {
                route::OBSERVATIONS.iter().for_each(|value| histogram.observe(*value));
            }),
        }
    }

    fn touch(&self, series: usize) {
        let labels = Route { route: route::route(series), status: route::status(series) };
        self.counters.with_or_new(&labels, |counter| counter.inc());
    }

    fn encode(&self, to: &mut Vec<u8>) {
        to.clear();
        let mut written = String::from_utf8(std::mem::take(to)).expect("a cleared buffer is valid UTF-8");
        text::encode(&mut written, &self.registry, Default::default()).expect("writing to a `String` is infallible");
        *to = written.into_bytes();
    }
}
