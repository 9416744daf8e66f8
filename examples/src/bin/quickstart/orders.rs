//! Orders, and what is measured of them.

use crate::storage::{Database, StorageError};
use ops::{Counter, Gauge, Histogram, LabelValue, Labels};
use serde::{Deserialize, Serialize};
use std::fmt;

// An annotated static is a metric of the program. Its name is the identifier in lower case, with `_total` for a counter;
// its help is the doc comment.

/// Orders accepted, by where they come from and how large they are.
#[ops::metric]
static ORDERS: Counter<OrderLabels>;

/// Pieces in an order.
#[ops::metric(buckets = [1, 2, 5, 10, 20, 50, 100])]
static ORDER_QUANTITY: Histogram;

/// Orders in the database.
#[ops::metric]
static STORED_ORDERS: Gauge;

/// What tells the series of [`ORDERS`] apart: `orders_total{channel="web",size="single"}`.
#[derive(Labels)]
struct OrderLabels {
    channel: Channel,
    size: Size,
}

/// Where an order comes from.
///
/// Its values are known to the program, so every series is there from the start, at 0.
#[derive(LabelValue, Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Channel {
    Web,
    Shop,
}

/// How large an order is. The quantity itself would make a series for every number that a customer thinks of.
#[derive(LabelValue, Clone, Copy, Debug)]
enum Size {
    Single,
    Several,
    #[label("bulk")]
    MoreThanTwenty,
}

impl Size {
    fn of(quantity: u32) -> Self {
        match quantity {
            0..=1 => Size::Single,
            2..=20 => Size::Several,
            _ => Size::MoreThanTwenty,
        }
    }
}

/// An order as a customer places it.
#[derive(Debug, Deserialize)]
pub(crate) struct NewOrder {
    pub(crate) item: String,
    pub(crate) quantity: u32,
    pub(crate) channel: Channel,
}

/// An order that was accepted.
#[derive(Debug, Serialize)]
pub(crate) struct Order {
    pub(crate) id: i64,
    pub(crate) item: String,
    pub(crate) quantity: u32,
    pub(crate) channel: Channel,
}

/// Accepts an order.
// On a function, `metric` counts the calls by their outcome, times them and knows how many are running; `instrument_span`
// makes each of them a span. There is nothing to write in the body.
#[ops::metric(name = "place_order", labels(channel: Channel = order.channel))]
#[ops::instrument_span("order.place", fields(order.item = %order.item, order.quantity = order.quantity))]
pub(crate) async fn place(database: &Database, order: NewOrder) -> Result<Order, OrderError> {
    if order.quantity == 0 {
        return Err(OrderError::NothingOrdered);
    }
    let order = database.insert(order).await?;

    ORDERS.with(&OrderLabels { channel: order.channel, size: Size::of(order.quantity) }).inc();
    ORDER_QUANTITY.observe(f64::from(order.quantity));
    STORED_ORDERS.inc();
    Ok(order)
}

/// Why an order is not accepted.
#[derive(Debug)]
pub(crate) enum OrderError {
    NothingOrdered,
    Storage(StorageError),
}

impl From<StorageError> for OrderError {
    fn from(error: StorageError) -> Self {
        OrderError::Storage(error)
    }
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OrderError::NothingOrdered => f.write_str("the quantity is 0: order at least one piece"),
            OrderError::Storage(error) => error.fmt(f),
        }
    }
}
