//! Reference: a function without an annotation.

use crate::function::work;
use crate::subject::{Operation, Role, Subject, Variant};
use std::hint::black_box;

pub(crate) const SUBJECT: Subject = Subject {
    name: "plain",
    role: Role::Reference,
    variants: &[
        Variant::new("fn_metric_sync", "not annotated", call),
        Variant::new("fn_span_no_observer", "not annotated", call),
    ],
    exporter: None,
};

#[inline(never)]
fn plain(input: u64) -> u64 {
    work(input)
}

fn call() -> Operation {
    Operation::new(|at| black_box(plain(at as u64)))
}
