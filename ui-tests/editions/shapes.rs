//! Uses of every macro, compiled in each edition, with `ops` renamed in the manifest.
#![deny(warnings)]
#![forbid(unsafe_code)]

use std::future::{ready, Future};
use std::pin::{pin, Pin};
use std::task::{Context, Poll, Waker};

/// Histogram without labels.
#[operations::metric(unit = "bytes", buckets = [1, 2.5])]
static SIZE: operations::Histogram;

/// Counter with labels.
#[operations::metric]
static ORDERS: operations::Counter<Order<'static>>;

#[derive(operations::Labels)]
struct Order<'a> {
    channel: Channel,
    tenant: &'a str,
}

#[derive(operations::LabelValue, Clone, Copy, Debug)]
enum Channel {
    Web,
}

/// Function with a metric and a span.
#[operations::metric(name = "place", labels(channel: Channel = channel, tenant))]
#[operations::instrument_span("order.place", fields(tenant = tenant, ?channel))]
fn place(channel: Channel, tenant: &'static str) -> Result<u8, std::num::ParseIntError> {
    ORDERS.with(&Order { channel, tenant }).inc();
    let number = tenant.parse::<u8>()?;
    SIZE.observe(f64::from(number));
    Ok(number)
}

#[operations::metric]
#[operations::instrument_span]
async fn later(mut number: u8) -> Option<u8> {
    number += 1;
    if number > 9 {
        return None;
    }
    Some(ready(number).await)
}

#[operations::metric]
fn opaque(number: u8) -> impl Future<Output = u8> {
    let more = number + 1;
    async move { more }
}

#[operations::instrument_span]
fn boxed<'a>(word: &'a str) -> Pin<Box<dyn Future<Output = usize> + 'a>> {
    let length = word.len();
    Box::pin(async move { length })
}

#[operations::metric]
fn lengths<'a>(words: impl Iterator<Item = &'a str> + 'a) -> impl Iterator<Item = usize> + 'a {
    words.map(|word| word.len())
}

struct Cart(u8);

#[operations::metric(none = "error")]
impl Cart {
    fn total(&self) -> Option<u8> {
        Some(self.0)
    }

    #[operations::metric(skip)]
    const fn is_empty(&self) -> bool {
        self.0 == 0
    }
}

#[operations::health_check("db")]
async fn database() {}

#[operations::health_check]
impl Cart {
    #[operations::health_check("cart")]
    fn checked(context: &operations::CheckContext) -> bool {
        context.deadline() > std::time::Instant::now()
    }
}

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

#[test]
fn annotated_items_are_exported() {
    assert_eq!(place(Channel::Web, "7"), Ok(7));
    assert_eq!((now(later(1)), now(opaque(1)), now(boxed("four"))), (Some(2), 2, 4));
    assert_eq!(lengths(["four"].iter().copied()).collect::<Vec<_>>(), [4]);
    assert_eq!((Cart(0).total(), Cart(0).is_empty()), (Some(0), true));
    now(database());
    let text = operations::metrics().to_text();
    assert!(text.contains("place_total{channel=\"web\",tenant=\"7\",outcome=\"ok\"} 1"), "{}", text);
    assert!(
        text.contains("size_bytes_count 1") && text.contains("orders_total{channel=\"web\",tenant=\"7\"} 1"),
        "{}",
        text
    );
    assert!(text.contains("order_place_duration_seconds_count 1"), "{}", text);
}
