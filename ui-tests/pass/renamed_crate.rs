//! The option `crate = path`, with `ops` under another name.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
#![allow(
    clippy::redundant_pub_crate,
    clippy::unused_async,
    reason = "these lints concern the test code, not the expansion"
)]
#![forbid(unsafe_code)]

extern crate ops as operations;

/// Shadows the original name, which expansions must not use.
mod ops {}

mod inside {
    pub(crate) use ::ops as renamed;
}

#[operations::metric(crate = crate::inside::renamed, unit = "bytes")]
static SIZE: operations::Histogram;

#[derive(operations::Labels)]
#[label(crate = crate::inside::renamed)]
struct Labels {
    channel: Channel,
}

#[derive(operations::LabelValue)]
#[label(crate = crate::inside::renamed)]
enum Channel {
    Web,
}

#[operations::metric(crate = crate::inside::renamed)]
static ORDERS: operations::Counter<Labels>;

#[operations::metric(crate = crate::inside::renamed)]
#[operations::instrument_span]
fn place() {
    ORDERS.with(&Labels { channel: Channel::Web }).inc();
}

struct Cart;

#[operations::metric(crate = crate::inside::renamed)]
impl Cart {
    #[operations::instrument_span]
    fn total() -> u8 {
        7
    }

    #[operations::metric(name = "cart_items")]
    fn items() -> u8 {
        3
    }
}

#[operations::health_check(crate = crate::inside::renamed)]
async fn queue() {}

fn main() {
    place();
    SIZE.observe(1.0);
    assert_eq!((Cart::total(), Cart::items()), (7, 3));
    drop(queue());
}
