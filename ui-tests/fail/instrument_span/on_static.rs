#[ops::instrument_span]
static CART: u8 = 0;

fn main() {}
