//! An older crate for orders, which declares what `shop-orders` declares too: a program of both says so at its start, with
//! both places, and does not serve half of it.
#![forbid(unsafe_code)]
#![deny(warnings)]

use ops::{Counter, Gauge};

/// Orders accepted by the old system.
#[ops::metric]
pub static ORDERS: Counter;

/// Open orders of the old system.
#[ops::metric]
pub static OPEN_ORDERS: Gauge;

/// The old queue is short enough.
#[ops::health_check("orders.queue")]
fn queue() {}
