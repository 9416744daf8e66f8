//! `autometrics` with the backend `prometheus`.

use crate::function::{Pending, drive, work};
use crate::subject::{Operation, Role, Subject, Variant};
use autometrics::autometrics;
use std::hint::black_box;

pub(crate) const SUBJECT: Subject = Subject {
    name: "autometrics",
    role: Role::Peer,
    variants: &[
        Variant::new("fn_metric_sync", "#[autometrics], no concurrency tracking", sync),
        Variant::new("fn_metric_sync", "#[autometrics(track_concurrency)]", tracked),
        Variant::new("fn_metric_async", "#[autometrics], no concurrency tracking", asynchronous),
        Variant::new("fn_metric_async_10_awaits", "#[autometrics], no concurrency tracking", ten_awaits),
    ],
    exporter: None,
};

#[inline(never)]
#[autometrics]
fn measured(input: u64) -> u64 {
    work(input)
}

#[inline(never)]
#[autometrics(track_concurrency)]
fn measured_and_tracked(input: u64) -> u64 {
    work(input)
}

#[autometrics]
async fn measured_async(input: u64) -> u64 {
    Pending(0).await;
    work(input)
}

#[autometrics]
async fn measured_ten_awaits(input: u64) -> u64 {
    Pending(10).await;
    work(input)
}

fn sync() -> Operation {
    Operation::new(|at| black_box(measured(at as u64)))
}

fn tracked() -> Operation {
    Operation::new(|at| black_box(measured_and_tracked(at as u64)))
}

fn asynchronous() -> Operation {
    Operation::new(|at| black_box(drive(measured_async(at as u64))))
}

fn ten_awaits() -> Operation {
    Operation::new(|at| black_box(drive(measured_ten_awaits(at as u64))))
}
