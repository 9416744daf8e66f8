//! `prometheus`.

use crate::function::{Pending, drive, work};
use crate::input::{BUCKETS, Durations, Requests, route};
use crate::subject::{Exporter, Kind, Operation, Role, Size, Subject, Variant, leak};
use prometheus::{Encoder, TextEncoder};
use prometheus::{Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry};
use std::hint::black_box;
use std::sync::LazyLock;

pub(crate) const SUBJECT: Subject = Subject {
    name: "prometheus",
    role: Role::Peer,
    variants: &[
        Variant::new("counter_static", "IntCounter::inc", counter_static),
        Variant::new("counter_closed_labels", "cached IntCounter", counter_closed_labels),
        Variant::new("counter_dynamic_labels_1", "with_label_values(&[&str, itoa])", || dynamic(1)),
        Variant::new("counter_dynamic_labels_100", "with_label_values(&[&str, itoa])", || dynamic(100)),
        Variant::new("counter_dynamic_labels_10000", "with_label_values(&[&str, itoa])", || dynamic(10_000)),
        Variant::new("histogram_11", "Histogram::observe", histogram_11),
        Variant::new("gauge_set", "IntGauge::set", gauge_set),
        Variant::new("gauge_set", "Gauge::set", float_gauge_set),
        Variant::new("fn_metric_sync", "hand-written counter, gauge and timer", fn_metric_sync),
        Variant::new("fn_metric_async", "hand-written counter, gauge and timer", fn_metric_async),
        Variant::new("fn_metric_async_10_awaits", "hand-written counter, gauge and timer", fn_metric_async_10_awaits),
    ],
    exporter: Some(|size| Box::new(Family::of(size))),
};

fn requests() -> IntCounterVec {
    IntCounterVec::new(Opts::new("requests_total", "Requests"), &["method", "status"])
        .expect("invalid metric or label name")
}

fn counter_static() -> Operation {
    let counter = leak(IntCounter::new("plain_total", "Plain").expect("invalid metric name"));
    Operation::new(|_| counter.inc())
}

fn counter_closed_labels() -> Operation {
    let counter = leak(requests().with_label_values(&["GET", "200"]));
    Operation::new(|_| counter.inc())
}

fn dynamic(series: usize) -> Operation {
    let (requests, counters) = (Requests::of(series), leak(requests()));
    for (method, status) in requests.all() {
        counters.with_label_values(&[method, &status.to_string()]).inc();
    }
    Operation::new(|at| {
        let (method, status) = requests.at(at);
        counters.with_label_values(&[method, itoa::Buffer::new().format(status)]).inc();
    })
}

fn histogram() -> Histogram {
    Histogram::with_opts(HistogramOpts::new("duration_seconds", "Duration").buckets(BUCKETS.to_vec()))
        .expect("invalid metric name")
}

fn histogram_11() -> Operation {
    let (histogram, durations) = (leak(histogram()), Durations::new());
    Operation::new(move |at| histogram.observe(durations.at(at)))
}

fn gauge_set() -> Operation {
    let gauge = leak(IntGauge::new("level", "Level").expect("invalid metric name"));
    Operation::new(|at| gauge.set(at as i64))
}

fn float_gauge_set() -> Operation {
    let gauge = leak(Gauge::new("level", "Level").expect("invalid metric name"));
    Operation::new(|at| gauge.set(f64::from_bits(at as u64)))
}

static CALLS: LazyLock<IntCounter> =
    LazyLock::new(|| IntCounter::new("calls_total", "Calls").expect("invalid metric name"));
static RUNNING: LazyLock<IntGauge> =
    LazyLock::new(|| IntGauge::new("running", "Running").expect("invalid metric name"));
static DURATION: LazyLock<Histogram> = LazyLock::new(histogram);

/// Guard that tracks a call in flight.
struct Running;

impl Running {
    #[inline]
    fn enter() -> Self {
        CALLS.inc();
        RUNNING.inc();
        Running
    }
}

impl Drop for Running {
    #[inline]
    fn drop(&mut self) {
        RUNNING.dec();
    }
}

fn fn_metric_sync() -> Operation {
    #[inline(never)]
    fn call(input: u64) -> u64 {
        let _running = Running::enter();
        let _timer = DURATION.start_timer();
        work(input)
    }
    Operation::new(|at| black_box(call(at as u64)))
}

fn fn_metric_async() -> Operation {
    async fn call(input: u64) -> u64 {
        let _running = Running::enter();
        let _timer = DURATION.start_timer();
        Pending(0).await;
        work(input)
    }
    Operation::new(|at| black_box(drive(call(at as u64))))
}

fn fn_metric_async_10_awaits() -> Operation {
    async fn call(input: u64) -> u64 {
        let _running = Running::enter();
        let _timer = DURATION.start_timer();
        Pending(10).await;
        work(input)
    }
    Operation::new(|at| black_box(drive(call(at as u64))))
}

/// A registry with one non-empty family; the empty family of the other type is not encoded.
struct Family {
    registry: Registry,
    counters: IntCounterVec,
    histograms: HistogramVec,
    kind: Kind,
}

impl Family {
    fn of(size: Size) -> Self {
        let labels = ["route", "status"];
        let registry = Registry::new();
        let counters = IntCounterVec::new(Opts::new("http_requests_total", "Requests"), &labels)
            .expect("invalid metric or label name");
        let options = HistogramOpts::new("http_request_duration_seconds", "Latency").buckets(BUCKETS.to_vec());
        let histograms = HistogramVec::new(options, &labels).expect("invalid metric or label name");
        registry.register(Box::new(counters.clone())).expect("duplicate name in a new registry");
        registry.register(Box::new(histograms.clone())).expect("duplicate name in a new registry");
        Family { registry, counters, histograms, kind: size.kind }
    }
}

impl Exporter for Family {
    fn make(&self, series: usize) {
        let (route, mut status) = (route::route(series), itoa::Buffer::new());
        let labels = [route.as_str(), status.format(route::status(series))];
        match self.kind {
            Kind::Counter => self.counters.with_label_values(&labels).inc_by(route::total(series)),
            Kind::Histogram => {
                let histogram = self.histograms.with_label_values(&labels);
                route::OBSERVATIONS.iter().for_each(|value| histogram.observe(*value));
            }
        }
    }

    fn touch(&self, series: usize) {
        let (route, mut status) = (route::route(series), itoa::Buffer::new());
        self.counters.with_label_values(&[route.as_str(), status.format(route::status(series))]).inc();
    }

    fn encode(&self, to: &mut Vec<u8>) {
        to.clear();
        TextEncoder::new().encode(&self.registry.gather(), to).expect("encoding to memory is infallible");
    }

    fn stream(&self) -> usize {
        let mut sink = std::io::sink();
        TextEncoder::new().encode(&self.registry.gather(), &mut sink).expect("writing to a sink is infallible");
        0
    }
}
