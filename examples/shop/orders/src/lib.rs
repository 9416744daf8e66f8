//! Orders of a shop: an annotated library without a server.
#![forbid(unsafe_code)]
#![deny(warnings)]

use ops::{Counter, Gauge, LabelValue, Outcome};
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

static OPEN: AtomicU32 = AtomicU32::new(0);

/// Orders accepted.
#[ops::metric]
static ORDERS: Counter<Channel>;

/// Orders awaiting payment.
#[ops::metric]
static OPEN_ORDERS: Gauge;

/// Sales channel of an order.
#[derive(LabelValue, Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Channel {
    /// The web shop.
    Web,
    /// A checkout in a store.
    #[label("point-of-sale")]
    PointOfSale,
}

/// The queue of open orders is short enough.
#[ops::health_check("orders.queue", critical = false, tags("orders"))]
fn queue() -> Outcome {
    match OPEN.load(Ordering::Relaxed) {
        0..100 => Outcome::healthy(),
        open => Outcome::degraded(format_args!("{open} orders await payment")),
    }
}

/// Accepts an order.
///
/// # Errors
/// If the quantity is 0.
#[ops::metric(name = "place_order", labels(channel: Channel = channel))]
#[ops::instrument_span("order.place", fields(quantity = quantity))]
pub fn place(channel: Channel, quantity: u32) -> Result<(), NothingOrdered> {
    if quantity == 0 {
        return Err(NothingOrdered);
    }
    ORDERS.with(&channel).inc();
    OPEN_ORDERS.set(f64::from(OPEN.fetch_add(1, Ordering::Relaxed) + 1));
    Ok(())
}

/// Error of an order with quantity 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NothingOrdered;

impl fmt::Display for NothingOrdered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the quantity is 0; order at least one piece")
    }
}

impl std::error::Error for NothingOrdered {}
