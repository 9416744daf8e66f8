//! Combinations with `cfg` and `cfg_attr`, above and below the attributes.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
#![allow(clippy::non_minimal_cfg, clippy::unused_self)]
#![forbid(unsafe_code)]

#[ops::health_check]
#[cfg(any())]
fn gone(_argument: Missing) -> Missing {}

#[cfg(any())]
#[ops::metric]
static GONE: Missing;

#[cfg_attr(all(), ops::metric)]
#[cfg_attr(all(), ops::instrument_span)]
#[cfg_attr(any(), missing::attribute)]
fn there() -> u8 {
    7
}

struct Cart;

#[ops::metric]
impl Cart {
    #[cfg(any())]
    fn gone(&self) -> Missing {}

    #[cfg_attr(all(), must_use)]
    #[ops::metric(skip)]
    const fn there(&self) -> u8 {
        7
    }

    #[cfg_attr(all(), ops::metric(skip))]
    const fn skipped_under_a_condition(&self) -> u8 {
        7
    }

    #[cfg_attr(not(any()), must_use, metric(name = "cart_named"))]
    #[cfg_attr(any(), ops::metric(skip))]
    #[cfg_attr(all(), ::ops::instrument_span("cart.span"))]
    fn named_under_a_condition(&self) -> u8 {
        7
    }

    fn argument(&self, #[cfg(any())] _gone: Missing, #[cfg(all())] there: u8) -> u8 {
        there
    }
}

struct Checks;

#[ops::health_check]
impl Checks {
    #[cfg(any())]
    #[ops::health_check("gone_here")]
    fn gone(_argument: Missing) -> Missing {}

    #[cfg_attr(all(), ops::health_check("there"))]
    fn there() {
        assert_eq!(Cart.there(), 7);
    }

    #[cfg_attr(any(), ops::health_check("not_there"))]
    const fn not_there() {}
}

fn main() {
    Checks::not_there();
    assert_eq!((Cart.skipped_under_a_condition(), Cart.named_under_a_condition()), (7, 7));
    let text = ops::metrics().to_text();
    assert!(text.contains("\ncart_named_total{outcome=\"ok\"} 1\n"));
    assert!(text.contains("\ncart_span_duration_seconds_count 1\n") && !text.contains("skipped_under_a_condition"));
    let checks = ops::catalog().checks().map(|check| check.name.clone()).collect::<Vec<_>>();
    assert_eq!(checks, ["there"]);
    assert_eq!((there(), Cart.there(), Cart.argument(7)), (7, 7, 7));
}
