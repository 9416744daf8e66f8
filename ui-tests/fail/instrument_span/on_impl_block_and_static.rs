struct Cart;

#[ops::instrument_span]
impl Cart {
    fn total() {}
}

#[ops::instrument_span]
static CART: u8 = 0;

fn main() {
    Cart::total();
}
