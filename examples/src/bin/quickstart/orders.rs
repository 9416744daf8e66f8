//! Orders, with their metrics and spans.

use crate::storage::{Database, StorageError};
use ops::{Counter, Gauge, Histogram, LabelValue, Labels};
use serde::{Deserialize, Serialize};
use std::fmt;

// An annotated static is a metric. Its name is the identifier in lower case, with `_total` for a counter. Its help text is the doc
// comment.

/// Orders accepted, by channel and size.
#[ops::metric]
static ORDERS: Counter<OrderLabels>;

/// Pieces in an order.
#[ops::metric(buckets = [1, 2, 5, 10, 20, 50, 100])]
static ORDER_QUANTITY: Histogram;

/// Orders in the database.
#[ops::metric]
static STORED_ORDERS: Gauge;

/// Labels of [`ORDERS`]: `orders_total{channel="web",size="single"}`.
#[derive(Labels)]
struct OrderLabels {
    channel: Channel,
    size: Size,
}

/// Sales channel of an order.
///
/// The label set is static, so every series exists from the start, at 0.
#[derive(LabelValue, Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Channel {
    Web,
    Shop,
}

/// Size class of an order.
///
/// The quantity itself would be a label of unbounded cardinality.
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

/// A new order of a customer.
#[derive(Debug, Deserialize)]
pub(crate) struct NewOrder {
    pub(crate) item: String,
    pub(crate) quantity: u32,
    pub(crate) channel: Channel,
}

/// An accepted order.
#[derive(Debug, Serialize)]
pub(crate) struct Order {
    pub(crate) id: i64,
    pub(crate) item: String,
    pub(crate) quantity: u32,
    pub(crate) channel: Channel,
}

/// Accepts an order.
// On a function, `metric` records the number of calls by outcome, their duration and the calls in flight, and `instrument_span`
// creates a span for each call. The body needs no changes.
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

/// Reasons an order is rejected.
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
            OrderError::NothingOrdered => f.write_str("the quantity is 0; order at least one piece"),
            OrderError::Storage(error) => error.fmt(f),
        }
    }
}
