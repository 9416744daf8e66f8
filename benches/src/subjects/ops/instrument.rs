//! Instruments declared with `#[ops::metric]`.

use crate::input::{Durations, Requests};
use crate::subject::Operation;
use ops::metric::Instrument;
use ops::{Buckets, Counter, Gauge, Histogram, LabelValue, Labels};
use std::hint::black_box;

pub(super) fn counter_static() -> Operation {
    #[ops::metric]
    static PLAIN: Counter;
    Operation::new(|_| PLAIN.inc())
}

#[derive(Labels, Clone, Copy)]
struct Closed {
    method: Method,
    status: Status,
}

#[derive(LabelValue, Clone, Copy)]
enum Method {
    Get,
    Post,
    Put,
}

#[derive(LabelValue, Clone, Copy)]
enum Status {
    Ok,
    NotFound,
    Failed,
}

pub(super) fn counter_closed_labels() -> Operation {
    #[ops::metric]
    static CLOSED: Counter<Closed>;
    CLOSED.with(&Closed { method: Method::Get, status: Status::NotFound }).inc();
    CLOSED.with(&Closed { method: Method::Put, status: Status::Ok }).inc();
    let labels = Closed { method: Method::Post, status: Status::Failed };
    Operation::new(move |_| CLOSED.with(&black_box(labels)).inc())
}

#[derive(Labels)]
struct Open<'a> {
    method: &'a str,
    status: u16,
}

#[ops::metric]
static DYNAMIC_1: Counter<Open<'static>>;
#[ops::metric]
static DYNAMIC_100: Counter<Open<'static>>;
#[ops::metric]
static DYNAMIC_10000: Counter<Open<'static>>;

pub(super) fn dynamic(series: usize) -> Operation {
    match series {
        1 => find(series, &DYNAMIC_1),
        100 => find(series, &DYNAMIC_100),
        _ => find(series, &DYNAMIC_10000),
    }
}

fn find(series: usize, counter: &'static Counter<Open<'static>>) -> Operation {
    ops::metrics().set_default_max_series(100_000);
    let requests = Requests::of(series);
    for (method, status) in requests.all() {
        counter.with(&Open { method, status }).inc();
    }
    Operation::new(move |at| {
        let (method, status) = requests.at(at);
        counter.with(&Open { method, status }).inc();
    })
    // Above `max_series`, updates go to the overflow series instead of the looked-up one.
    .only_if(counter.overflowed() == 0)
}

pub(super) fn histogram_11() -> Operation {
    /// Observed durations, in the 11 default buckets for seconds.
    #[ops::metric(unit = "seconds")]
    static CLASSIC: Histogram;
    let durations = Durations::new();
    Operation::new(move |at| CLASSIC.observe(durations.at(at)))
}

pub(super) fn histogram_native() -> Operation {
    static NATIVE: Histogram = Histogram::with_buckets(Buckets::NATIVE);
    let durations = Durations::new();
    Operation::new(move |at| NATIVE.observe(durations.at(at)))
}

pub(super) fn gauge_set() -> Operation {
    #[ops::metric]
    static LEVEL: Gauge;
    Operation::new(|at| LEVEL.set(f64::from_bits(at as u64)))
}
