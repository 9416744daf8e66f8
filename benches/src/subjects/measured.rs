//! `measured`.

use crate::input::{BUCKETS, Durations, Requests, route};
use crate::subject::{Exporter, Kind, Operation, Role, Size, Subject, Variant, leak};
use measured::metric::histogram::Thresholds;
use measured::text::BufferedTextEncoder;
use measured::{Counter, CounterVec, FixedCardinalityLabel, Gauge, Histogram, HistogramVec, LabelGroup, MetricGroup};
use paracord::ParaCord;
use std::hint::black_box;
use std::sync::Mutex;

pub(crate) const SUBJECT: Subject = Subject {
    name: "measured",
    role: Role::Peer,
    variants: &[
        Variant::new("counter_static", "Counter::inc", counter_static),
        Variant::new("counter_closed_labels", "inc(LabelGroup of enums)", counter_closed_labels),
        Variant::new("counter_closed_labels", "cached LabelId", cached_label),
        Variant::new("counter_dynamic_labels_1", "interned strings", || dynamic(1)),
        Variant::new("counter_dynamic_labels_100", "interned strings", || dynamic(100)),
        Variant::new("counter_dynamic_labels_10000", "interned strings", || dynamic(10_000)),
        Variant::new("histogram_11", "Histogram<11>::observe", histogram_11),
        Variant::new("gauge_set", "Gauge::set", gauge_set),
    ],
    exporter: Some(|size| Box::new(Exported::of(size))),
};

#[derive(Clone, Copy, PartialEq, Debug, FixedCardinalityLabel)]
enum Method {
    Get,
    Post,
    Put,
}

#[derive(Clone, Copy, PartialEq, Debug, FixedCardinalityLabel)]
enum Status {
    Ok = 200,
    NotFound = 404,
    Failed = 500,
}

#[derive(Clone, Copy, PartialEq, Debug, LabelGroup)]
#[label(set = ClosedSet)]
struct Closed {
    method: Method,
    status: Status,
}

#[derive(Clone, Copy, PartialEq, Debug, LabelGroup)]
#[label(set = OpenSet)]
struct Open<'a> {
    #[label(dynamic_with = ParaCord, default)]
    method: &'a str,
    #[label(dynamic_with = ParaCord, default)]
    status: &'a str,
}

fn counter_static() -> Operation {
    let counter = leak(Counter::new());
    Operation::new(|_| counter.inc())
}

fn counter_closed_labels() -> Operation {
    let counters = leak(CounterVec::with_label_set(ClosedSet::new()));
    counters.inc(Closed { method: Method::Post, status: Status::NotFound });
    counters.inc(Closed { method: Method::Put, status: Status::Failed });
    Operation::new(|_| counters.inc(Closed { method: black_box(Method::Get), status: black_box(Status::Ok) }))
}

fn cached_label() -> Operation {
    let counters = leak(CounterVec::with_label_set(ClosedSet::new()));
    let label = counters.with_labels(Closed { method: Method::Put, status: Status::Failed });
    Operation::new(move |_| counters.get_metric(label).inc())
}

fn dynamic(series: usize) -> Operation {
    let (requests, counters) = (Requests::of(series), leak(CounterVec::with_label_set(OpenSet::new())));
    for (method, status) in requests.all() {
        counters.inc(Open { method, status: &status.to_string() });
    }
    Operation::new(|at| {
        let (method, status) = requests.at(at);
        counters.inc(Open { method, status: itoa::Buffer::new().format(status) });
    })
}

fn histogram_11() -> Operation {
    let histogram = leak(Histogram::<11>::with_metadata(Thresholds::with_buckets(BUCKETS)));
    let durations = Durations::new();
    Operation::new(move |at| histogram.observe(durations.at(at)))
}

fn gauge_set() -> Operation {
    let gauge = leak(Gauge::new());
    Operation::new(|at| gauge.set(at as i64))
}

#[derive(Clone, Copy, PartialEq, Debug, LabelGroup)]
#[label(set = RouteSet)]
struct Route<'a> {
    #[label(dynamic_with = ParaCord, default)]
    route: &'a str,
    #[label(dynamic_with = ParaCord, default)]
    status: &'a str,
}

#[derive(MetricGroup)]
#[metric(new())]
struct Families {
    /// Requests
    #[metric(init = CounterVec::with_label_set(RouteSet::new()))]
    http_requests_total: CounterVec<RouteSet>,
    /// Latency
    #[metric(init = HistogramVec::with_label_set_and_metadata(RouteSet::new(), Thresholds::with_buckets(BUCKETS)))]
    http_request_duration_seconds: HistogramVec<RouteSet, 11>,
}

struct Exported {
    families: Families,
    encoder: Mutex<BufferedTextEncoder>,
    kind: Kind,
}

impl Exported {
    fn of(size: Size) -> Self {
        Exported { families: Families::new(), encoder: Mutex::new(BufferedTextEncoder::new()), kind: size.kind }
    }
}

impl Exporter for Exported {
    fn make(&self, series: usize) {
        let (route, mut status) = (route::route(series), itoa::Buffer::new());
        let labels = Route { route: &route, status: status.format(route::status(series)) };
        match self.kind {
            Kind::Counter => self.families.http_requests_total.inc_by(labels, route::total(series)),
            Kind::Histogram => {
                let histograms = &self.families.http_request_duration_seconds;
                route::OBSERVATIONS.iter().for_each(|value| histograms.observe(labels, *value));
            }
        }
    }

    fn touch(&self, series: usize) {
        let (route, mut status) = (route::route(series), itoa::Buffer::new());
        self.families.http_requests_total.inc(Route { route: &route, status: status.format(route::status(series)) });
    }

    fn encode(&self, to: &mut Vec<u8>) {
        to.clear();
        let mut encoder = self.encoder.lock().expect("lock is poisoned");
        self.families.collect_group_into(&mut *encoder).expect("encoding to memory is infallible");
        to.extend_from_slice(&encoder.finish());
    }

    fn stream(&self) -> usize {
        let mut encoder = self.encoder.lock().expect("lock is poisoned");
        self.families.collect_group_into(&mut *encoder).expect("encoding to memory is infallible");
        let text = encoder.finish();
        black_box(&text).len()
    }
}
