//! Payments of a shop. No other crate uses this one; the program links it with `ops::link!`.
#![forbid(unsafe_code)]
#![deny(warnings)]

use ops::{CheckContext, Histogram, LabelValue, Labels};
use std::time::Instant;

/// Amount of a payment.
#[ops::metric(buckets = exponential(1.0, 10.0, 5))]
static PAYMENT_AMOUNT: Histogram<PaymentLabels>;

#[derive(Labels)]
struct PaymentLabels {
    method: Method,
    refund: bool,
}

#[derive(LabelValue, Clone, Copy, Debug)]
enum Method {
    Card,
    Transfer,
}

/// The bank can be reached.
#[ops::health_check("payments.bank", timeout = "500ms", tags("payments"))]
async fn bank(context: CheckContext) -> Result<(), &'static str> {
    if Instant::now() < context.deadline() { Ok(()) } else { Err("the bank did not answer in time") }
}

/// The ledger is responsive.
#[ops::health_check("payments.ledger", kind = "liveness")]
fn ledger() {}

/// A payment desk.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Desk;

#[ops::metric]
impl Desk {
    /// Takes `amount` by card.
    #[ops::instrument_span("payment.take")]
    pub async fn take(&self, amount: u32) {
        PAYMENT_AMOUNT.with(&PaymentLabels { method: Method::Card, refund: false }).observe(f64::from(amount));
    }

    /// Refunds `amount`.
    #[ops::instrument_span("payment.refund")]
    pub async fn refund(&self, amount: u32) {
        PAYMENT_AMOUNT.with(&PaymentLabels { method: Method::Transfer, refund: true }).observe(f64::from(amount));
    }
}
