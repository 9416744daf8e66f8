//! An older crate for orders: a program that also links `shop-orders` fails to start.

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
