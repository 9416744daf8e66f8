//! Expansions compile without a prelude and with common names redefined.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
#![allow(clippy::unused_async, reason = "these lints concern the test code, not the expansion")]
#![forbid(unsafe_code)]
#![no_implicit_prelude]
#![allow(dead_code, non_camel_case_types)]

mod std {}
mod core {}
mod alloc {}
mod ops {}
struct Result;
struct Option;
struct Vec;
struct String;
struct Box;
struct Some;
struct None;
struct Ok;
struct Err;
struct usize;
struct str;
struct bool;
struct Default;

/// Histogram without labels.
#[::ops::metric(unit = "bytes", buckets = [1, 2.5])]
static SIZE: ::ops::Histogram;

/// Counter with labels.
#[::ops::metric]
static ORDERS: ::ops::Counter<Orders<'static>>;

#[derive(::ops::Labels)]
struct Orders<'a> {
    channel: Channel,
    tenant: &'a ::core::primitive::str,
    #[label(flatten)]
    place: Place,
    #[label(skip)]
    ignored: ::core::primitive::u8,
}

#[derive(::ops::Labels)]
struct Place {
    #[label(rename = "zone")]
    shelf: ::core::primitive::u8,
}

#[derive(::ops::Labels)]
struct Unlabeled;

#[derive(::ops::LabelValue)]
enum Channel {
    Web,
    #[label("point-of-sale")]
    PointOfSale,
}

#[::ops::metric(name = "placed", labels(channel: Channel = channel, tenant = tenant))]
#[::ops::instrument_span("order.place", fields(order.id = id, ?id, shown = %id))]
fn place(
    id: ::core::primitive::u64,
    channel: Channel,
    tenant: &'static ::core::primitive::str,
) -> ::core::primitive::u64 {
    ORDERS.with(&Orders { channel, tenant, place: Place { shelf: 1 }, ignored: 0 }).inc();
    id
}

#[::ops::metric(
    name = "weigh",
    labels(tenant),
    result_labels(grams = |grams| *grams),
    durations = false,
    max_series = 5,
    ttl = "1m"
)]
fn weigh(tenant: &::core::primitive::str) -> ::core::primitive::u64 {
    ::core::convert::From::from(tenant.is_empty())
}

#[::ops::metric]
#[::ops::instrument_span]
async fn place_async(id: ::core::primitive::u64) -> ::core::result::Result<::core::primitive::u64, ()> {
    ::core::result::Result::Ok(id)
}

#[::ops::health_check("db", timeout = "1s", kind = "startup", critical = false, tags("storage"))]
async fn database(_context: ::ops::CheckContext) -> ::core::result::Result<(), ::std::fmt::Error> {
    ::core::result::Result::Ok(())
}

#[::ops::health_check]
fn disk(_resource: ::ops::Resource<Place>) {}

fn main() {
    SIZE.observe(1.0);
    place(1, Channel::Web, "acme");
    weigh("acme");
    ::std::mem::drop(place_async(1));
}
