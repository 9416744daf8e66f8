//! `fastrace` without a reporter or a parent span: spans are not recorded.

use crate::function::work;
use crate::subject::{Operation, Role, Subject, Variant};
use std::hint::black_box;

pub(crate) const SUBJECT: Subject = Subject {
    name: "fastrace",
    role: Role::Peer,
    variants: &[Variant::new("fn_span_no_observer", "#[fastrace::trace], no duration recorded", span)],
    exporter: None,
};

#[inline(never)]
#[fastrace::trace]
fn spanned(input: u64) -> u64 {
    work(input)
}

fn span() -> Operation {
    Operation::new(|at| black_box(spanned(at as u64)))
}
