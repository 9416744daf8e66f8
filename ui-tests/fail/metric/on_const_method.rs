struct Cart;

#[ops::metric]
impl Cart {
    const fn total() -> u8 {
        7
    }
}

fn main() {
    Cart::total();
}
