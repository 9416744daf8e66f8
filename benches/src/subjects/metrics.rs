//! `metrics` with `metrics-exporter-prometheus`.

use crate::input::{BUCKETS, Durations, Requests, route};
use crate::subject::{Exporter, Kind, Operation, Role, Size, Subject, Variant, leak};
use metrics::{Counter, Histogram, Key, Label, Level, Metadata, Recorder, counter, gauge, histogram};
use metrics_exporter_prometheus::{
    Matcher, NativeHistogramConfig, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use std::sync::LazyLock;

pub(crate) const SUBJECT: Subject = Subject {
    name: "metrics",
    role: Role::Peer,
    variants: &[
        Variant::new("counter_static", "cached handle", counter_static),
        Variant::new("counter_static", "counter!(..)", counter_static_macro),
        Variant::new("counter_closed_labels", "cached handle", counter_closed_labels),
        Variant::new("counter_dynamic_labels_1", "counter!(.., &'static str)", || dynamic(1)),
        Variant::new("counter_dynamic_labels_100", "counter!(.., &'static str)", || dynamic(100)),
        Variant::new("counter_dynamic_labels_10000", "counter!(.., &'static str)", || dynamic(10_000)),
        Variant::new("histogram_11", "cached handle, including `run_upkeep`", histogram_11),
        Variant::new("histogram_native", "cached handle, including `run_upkeep`", histogram_native),
        Variant::new("gauge_set", "cached handle", gauge_set),
    ],
    exporter: Some(|size| Box::new(Family::of(size))),
};

/// Handle of the global recorder, which is installed on first use.
static HANDLE: LazyLock<PrometheusHandle> = LazyLock::new(|| {
    let native = NativeHistogramConfig::new(1.1, 160, 1e-9).expect("growth factor must be greater than 1");
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Prefix("classic".into()), &BUCKETS)
        .expect("buckets must not be empty")
        .set_native_histogram_for_metric(Matcher::Prefix("native".into()), native)
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).expect("a global recorder is already installed");
    handle
});

/// Processes the queued observations: recording an observation in `metrics` only enqueues it.
fn upkeep() {
    HANDLE.run_upkeep();
}

fn counter_static() -> Operation {
    LazyLock::force(&HANDLE);
    let counter = leak(counter!("kept"));
    Operation::new(|_| counter.increment(1))
}

fn counter_static_macro() -> Operation {
    LazyLock::force(&HANDLE);
    Operation::new(|_| counter!("looked_up").increment(1))
}

fn counter_closed_labels() -> Operation {
    LazyLock::force(&HANDLE);
    let counter = leak(counter!("closed", "method" => "GET", "status" => "200"));
    Operation::new(|_| counter.increment(1))
}

fn dynamic(series: usize) -> Operation {
    LazyLock::force(&HANDLE);
    let requests = Requests::of(series);
    let statuses: &[&'static str] = leak((0..200).map(|status| &*status.to_string().leak()).collect::<Vec<_>>());
    let name = &*format!("dynamic_{series}").leak();
    for (method, status) in requests.all() {
        counter!(name, "method" => method, "status" => statuses[usize::from(status)]).increment(1);
    }
    Operation::new(move |at| {
        let (method, status) = requests.at(at);
        counter!(name, "method" => method, "status" => statuses[usize::from(status)]).increment(1);
    })
}

fn observe(histogram: Histogram) -> Operation {
    let durations = Durations::new();
    let observe = move |at| {
        histogram.record(durations.at(at));
        if at % (1 << 16) == (1 << 16) - 1 {
            upkeep();
        }
    };
    Operation::new(observe).settled_by(upkeep)
}

fn histogram_11() -> Operation {
    LazyLock::force(&HANDLE);
    observe(histogram!("classic"))
}

fn histogram_native() -> Operation {
    LazyLock::force(&HANDLE);
    observe(histogram!("native"))
}

fn gauge_set() -> Operation {
    LazyLock::force(&HANDLE);
    let gauge = leak(gauge!("level"));
    Operation::new(|at| gauge.set(f64::from_bits(at as u64)))
}

/// A separate recorder with one family.
struct Family {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    kind: Kind,
}

static METADATA: Metadata<'static> = Metadata::new("ops_bench", Level::INFO, None);

impl Family {
    fn of(size: Size) -> Self {
        let recorder =
            PrometheusBuilder::new().set_buckets(&BUCKETS).expect("buckets must not be empty").build_recorder();
        let handle = recorder.handle();
        Family { recorder, handle, kind: size.kind }
    }

    fn counter(&self, series: usize) -> Counter {
        self.recorder.register_counter(&key("http_requests_total", series), &METADATA)
    }
}

fn key(name: &'static str, series: usize) -> Key {
    let status = route::status(series).to_string();
    Key::from_parts(name, vec![Label::new("route", route::route(series)), Label::new("status", status)])
}

impl Exporter for Family {
    fn make(&self, series: usize) {
        match self.kind {
            Kind::Counter => self.counter(series).increment(route::total(series)),
            Kind::Histogram => {
                let key = key("http_request_duration_seconds", series);
                let histogram = self.recorder.register_histogram(&key, &METADATA);
                route::OBSERVATIONS.iter().for_each(|value| histogram.record(*value));
            }
        }
    }

    fn touch(&self, series: usize) {
        self.counter(series).increment(1);
    }

    fn encode(&self, to: &mut Vec<u8>) {
        *to = self.handle.render().into_bytes();
    }
}
