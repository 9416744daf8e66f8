//! `cfg` and `cfg_attr`, above and below the attributes.
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

    fn argument(&self, #[cfg(any())] _gone: Missing, #[cfg(all())] there: u8) -> u8 {
        there
    }
}

fn main() {
    assert_eq!((there(), Cart.there(), Cart.argument(7)), (7, 7, 7));
}
