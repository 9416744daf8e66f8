//! `opentelemetry_sdk` with the exporter `opentelemetry-prometheus`.

use crate::input::{BUCKETS, Durations, Requests, route};
use crate::subject::{Exporter, Kind, Operation, Role, Size, Subject, Variant, leak};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, MeterProvider};
use opentelemetry_sdk::metrics::{Aggregation, Instrument, ManualReader, SdkMeterProvider, Stream, Temporality};
use prometheus::{Encoder, TextEncoder};

pub(crate) const SUBJECT: Subject = Subject {
    name: "opentelemetry",
    role: Role::Peer,
    variants: &[
        Variant::new("counter_static", "add(1, &[])", counter_static),
        Variant::new("counter_static", "bound (experimental)", bound_counter),
        Variant::new("counter_closed_labels", "bound (experimental)", bound_labels),
        Variant::new("counter_dynamic_labels_1", "add(1, &[&'static str, i64])", || dynamic(1)),
        Variant::new("counter_dynamic_labels_100", "add(1, &[&'static str, i64])", || dynamic(100)),
        Variant::new("counter_dynamic_labels_10000", "add(1, &[&'static str, i64])", || dynamic(10_000)),
        Variant::new("histogram_11", "bound (experimental)", histogram_11),
        Variant::new("histogram_native", "record(value, &[])", histogram_native),
        Variant::new("gauge_set", "record(value, &[])", gauge_set),
    ],
    exporter: Some(|size| Box::new(Exported::of(size))),
};

/// Returns a meter with a manual reader.
///
/// Instruments named `native` have exponential buckets. The cardinality limit exceeds the number of series of all rows.
fn meter() -> Meter {
    let reader = ManualReader::builder().with_temporality(Temporality::Cumulative).build();
    let provider = SdkMeterProvider::builder()
        .with_reader(reader)
        .with_view(|instrument: &Instrument| match instrument.name() {
            "native" => Stream::builder()
                .with_aggregation(Aggregation::Base2ExponentialHistogram {
                    max_size: 160,
                    max_scale: 20,
                    record_min_max: true,
                })
                .build()
                .ok(),
            _ => Stream::builder().with_cardinality_limit(20_000).build().ok(),
        })
        .build();
    leak(provider).meter("ops-bench")
}

fn counter_static() -> Operation {
    let counter = leak(meter().u64_counter("plain").build());
    Operation::new(|_| counter.add(1, &[]))
}

fn bound_counter() -> Operation {
    let counter = leak(meter().u64_counter("bound").build().bind(&[]));
    Operation::new(|_| counter.add(1))
}

fn bound_labels() -> Operation {
    let labels = [KeyValue::new("method", "GET"), KeyValue::new("status", 200)];
    let counter = leak(meter().u64_counter("labeled").build().bind(&labels));
    Operation::new(|_| counter.add(1))
}

fn dynamic(series: usize) -> Operation {
    let (requests, counter) = (Requests::of(series), leak(meter().u64_counter("dynamic").build()));
    let add = |(method, status): (&'static str, u16)| {
        counter.add(1, &[KeyValue::new("method", method), KeyValue::new("status", i64::from(status))]);
    };
    requests.all().for_each(add);
    Operation::new(move |at| add(requests.at(at)))
}

fn histogram_11() -> Operation {
    let histogram = meter().f64_histogram("classic").with_boundaries(BUCKETS.to_vec()).build();
    let (histogram, durations) = (leak(histogram.bind(&[])), Durations::new());
    Operation::new(move |at| histogram.record(durations.at(at)))
}

fn histogram_native() -> Operation {
    let (histogram, durations) = (leak(meter().f64_histogram("native").build()), Durations::new());
    Operation::new(move |at| histogram.record(durations.at(at), &[]))
}

fn gauge_set() -> Operation {
    let gauge = leak(meter().u64_gauge("level").build());
    Operation::new(|at| gauge.record(at as u64, &[]))
}

struct Exported {
    registry: prometheus::Registry,
    _provider: SdkMeterProvider,
    counter: Counter<u64>,
    histogram: Histogram<f64>,
    kind: Kind,
}

impl Exported {
    fn of(size: Size) -> Self {
        let registry = prometheus::Registry::new();
        let reader = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .without_target_info()
            .scope_info_enabled(false)
            .build()
            .expect("an empty registry accepts the metric");
        let provider = SdkMeterProvider::builder()
            .with_reader(reader)
            .with_view(move |_: &Instrument| Stream::builder().with_cardinality_limit(size.series + 1).build().ok())
            .build();
        let meter = provider.meter("ops-bench");
        let counter = meter.u64_counter("http_requests").build();
        let histogram = meter.f64_histogram("http_request_duration_seconds").with_boundaries(BUCKETS.to_vec()).build();
        Exported { registry, _provider: provider, counter, histogram, kind: size.kind }
    }
}

fn labels(series: usize) -> [KeyValue; 2] {
    let status = i64::from(route::status(series));
    [KeyValue::new("route", route::route(series)), KeyValue::new("status", status)]
}

impl Exporter for Exported {
    fn make(&self, series: usize) {
        let labels = labels(series);
        match self.kind {
            Kind::Counter => self.counter.add(route::total(series), &labels),
            Kind::Histogram => {
                route::OBSERVATIONS.iter().for_each(|value| self.histogram.record(*value, &labels));
            }
        }
    }

    fn touch(&self, series: usize) {
        self.counter.add(1, &labels(series));
    }

    fn encode(&self, to: &mut Vec<u8>) {
        to.clear();
        TextEncoder::new().encode(&self.registry.gather(), to).expect("encoding to memory is infallible");
    }
}
