//! `metriken`, which has no text format.

use crate::input::{Durations, Requests};
use crate::subject::{Operation, Role, Subject, Variant, leak};
use metriken::{AtomicCounterHistogram, Counter, CounterFamily, Gauge, ShardedCounterGroup, ShardedCounterHistogram};
use std::hint::black_box;

pub(crate) const SUBJECT: Subject = Subject {
    name: "metriken",
    role: Role::Peer,
    variants: &[
        Variant::new("counter_static", "Counter::increment", counter_static),
        Variant::new("counter_static", "ShardedCounterGroup::increment(0)", sharded_counter),
        Variant::new("counter_closed_labels", "ShardedCounterGroup::increment(index)", sharded_labels),
        Variant::new("counter_dynamic_labels_1", "CounterFamily::member", || dynamic(1)),
        Variant::new("counter_dynamic_labels_100", "CounterFamily::member", || dynamic(100)),
        Variant::new("histogram_native", "AtomicCounterHistogram, 8 buckets per octave", atomic_histogram),
        Variant::new("histogram_native", "ShardedCounterHistogram, 8 buckets per octave", sharded_histogram),
        Variant::new("gauge_set", "Gauge::set", gauge_set),
    ],
    exporter: None,
};

fn counter_static() -> Operation {
    static COUNTER: Counter = Counter::new();
    Operation::new(|_| COUNTER.increment())
}

fn sharded_counter() -> Operation {
    static COUNTERS: ShardedCounterGroup = ShardedCounterGroup::new(1);
    Operation::new(|_| COUNTERS.increment(0))
}

/// Computes the index by hand: labels of a group are metadata only.
fn sharded_labels() -> Operation {
    static COUNTERS: ShardedCounterGroup = ShardedCounterGroup::new(9);
    Operation::new(|_| {
        let (method, status) = black_box((1_usize, 2_usize));
        COUNTERS.increment(method * 3 + status)
    })
}

fn dynamic(series: usize) -> Operation {
    let (requests, counters) = (Requests::of(series), leak(CounterFamily::new()));
    Operation::new(|at| {
        let (method, status) = requests.at(at);
        counters.member([("method", method), ("status", itoa::Buffer::new().format(status))]).increment();
    })
}

fn atomic_histogram() -> Operation {
    static HISTOGRAM: AtomicCounterHistogram = AtomicCounterHistogram::new(3, 64);
    let nanoseconds = Durations::nanoseconds();
    Operation::new(move |at| HISTOGRAM.increment(nanoseconds[at % nanoseconds.len()]))
}

fn sharded_histogram() -> Operation {
    static HISTOGRAM: ShardedCounterHistogram = ShardedCounterHistogram::new(3, 64);
    let nanoseconds = Durations::nanoseconds();
    Operation::new(move |at| HISTOGRAM.increment(nanoseconds[at % nanoseconds.len()]))
}

fn gauge_set() -> Operation {
    static GAUGE: Gauge = Gauge::new();
    Operation::new(|at| GAUGE.set(at as i64))
}
