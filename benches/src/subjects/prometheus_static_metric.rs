//! `prometheus-static-metric`: static label sets for `prometheus`.

use crate::subject::{Operation, Role, Subject, Variant, leak};
use lazy_static::lazy_static;
use prometheus::{IntCounterVec, Opts};
use std::hint::black_box;

pub(crate) const SUBJECT: Subject = Subject {
    name: "prometheus-static-metric",
    role: Role::Peer,
    variants: &[
        Variant::new("counter_closed_labels", "nested fields", fields),
        Variant::new("counter_closed_labels", "get(enum).get(enum)", enums),
        Variant::new("counter_closed_labels", "thread-local, flushed every second", auto_flush),
    ],
    exporter: None,
};

mod shared {

    use prometheus_static_metric::make_static_metric;

    make_static_metric! {
        pub label_enum Method { get, post, put }
        pub label_enum Status { ok: "200", not_found: "404", failed: "500" }
        pub struct Requests: IntCounter { "method" => Method, "status" => Status }
    }
}

mod local {
    use super::COUNTERS;
    use lazy_static::lazy_static;
    use prometheus_static_metric::*;

    make_auto_flush_static_metric! {
        pub label_enum Method { get, post, put }
        pub label_enum Status { ok: "200", not_found: "404", failed: "500" }
        pub struct Requests: LocalIntCounter { "method" => Method, "status" => Status }
    }

    lazy_static! {
        pub static ref LOCAL: Requests = auto_flush_from!(COUNTERS, Requests);
    }
}

lazy_static! {
    static ref COUNTERS: IntCounterVec =
        IntCounterVec::new(Opts::new("requests_total", "Requests"), &["method", "status"])
            .expect("invalid metric or label name");
}

fn fields() -> Operation {
    let counters = leak(shared::Requests::from(&COUNTERS));
    Operation::new(|_| counters.get.ok.inc())
}

fn enums() -> Operation {
    let counters = leak(shared::Requests::from(&COUNTERS));
    Operation::new(|_| counters.get(black_box(shared::Method::get)).get(black_box(shared::Status::not_found)).inc())
}

fn auto_flush() -> Operation {
    Operation::new(|_| local::LOCAL.get.ok.inc())
}
