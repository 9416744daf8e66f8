//! A module that imports `std::ops` and uses every macro by the path `::ops`.
//!
//! The troubleshooting guide documents this use.
#![deny(warnings, clippy::all)]
#![forbid(unsafe_code)]

use std::{fmt, ops};

use ::ops::{Counter, Outcome};

#[derive(Clone, Copy, ::ops::LabelValue)]
enum Channel {
    Web,
}

#[derive(::ops::Labels)]
struct OrderLabels {
    channel: Channel,
}

/// Orders accepted.
#[::ops::metric]
static ORDERS: Counter<OrderLabels>;

/// Checks the free space.
#[::ops::health_check("disk")]
fn disk() -> Outcome {
    Outcome::healthy()
}

/// Function with a metric and a span.
#[::ops::metric(name = "accept")]
#[::ops::instrument_span("order.accept")]
fn accept(totals: ops::Range<u64>) -> Result<u64, fmt::Error> {
    ORDERS.with(&OrderLabels { channel: Channel::Web }).inc();
    Ok(totals.sum())
}

struct Total(u64);

#[::ops::metric]
impl Total {
    #[::ops::instrument_span("total.add")]
    fn add(&mut self, amount: u64) {
        *self += amount;
    }
}

impl ops::AddAssign<u64> for Total {
    fn add_assign(&mut self, amount: u64) {
        self.0 += amount;
    }
}

fn main() {
    assert_eq!(accept(1..4), Ok(6));
    let mut total = Total(1);
    total.add(2);
    assert_eq!(total.0, 3);
    let catalog = ::ops::catalog();
    assert_eq!(catalog.checks().map(|check| &*check.name).collect::<Vec<_>>(), ["disk"]);
    assert_eq!(catalog.spans().map(|span| span.name).collect::<Vec<_>>(), ["order.accept", "total.add"]);
    let text = ::ops::metrics().to_text();
    for series in ["orders_total{channel=\"web\"} 1", "accept_total{outcome=\"ok\"} 1"] {
        assert!(text.contains(series), "{series}: {text}");
    }
}
