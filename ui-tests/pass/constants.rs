//! Constants as values of options.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
#![allow(
    clippy::missing_const_for_fn,
    clippy::redundant_pub_crate,
    reason = "these lints concern the test code, not the expansion"
)]
#![forbid(unsafe_code)]

use ops::{Buckets, CheckKind};
use std::time::Duration;

mod names {
    pub(super) const ORDERS: &str = "orders_by_constant";
    pub(super) const PLACE: &str = "order.place";
    pub(super) const DATABASE: &str = "db";
}

const UNIT: &str = "bytes";
const SMALLEST: f64 = 256.0;
const SIZES: Buckets = Buckets::exponential(SMALLEST, 2.0, 4);
const TIMEOUT: Duration = Duration::from_millis(500);
const CRITICAL: bool = cfg!(debug_assertions);
const STORAGE: &str = "storage";

/// Counter with a constant name.
#[ops::metric(name = names::ORDERS, help = concat!("Orders", " accepted."))]
static ORDERS: ops::Counter;

/// Histogram with constant buckets.
#[ops::metric(unit = UNIT, buckets = SIZES)]
static SIZE: ops::Histogram;

/// Histogram with a list of constant bounds.
#[ops::metric(unit = UNIT, buckets = [SMALLEST, SMALLEST * 2.0, 4096])]
static LIST: ops::Histogram;

#[ops::metric(name = concat!("place_", "order"), buckets = Buckets::linear(0.1, 0.1, 10))]
#[ops::instrument_span(names::PLACE)]
fn place() {
    ORDERS.inc();
    SIZE.observe(1.0);
    LIST.observe(1.0);
}

#[ops::health_check(names::DATABASE, timeout = TIMEOUT, kind = CheckKind::Startup, critical = CRITICAL, tags(STORAGE))]
async fn database() {
    std::future::ready(()).await;
}

#[ops::health_check(STORAGE, timeout = Duration::from_secs(1))]
fn disk() {}

fn main() {
    place();
    drop(database());
    let text = ops::metrics().to_text();
    assert!(text.contains("# HELP orders_by_constant_total Orders accepted.\n"));
    assert!(text.contains("size_bytes_bucket{le=\"512\"}") && text.contains("list_bytes_bucket{le=\"4096\"}"));
    assert!(
        text.contains("order_place_duration_seconds_count 1") && text.contains("place_order_total{outcome=\"ok\"} 1")
    );
}
