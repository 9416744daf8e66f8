struct Cart;

#[ops::metric]
impl Cart {
    #[ops::metric(skip = true)]
    fn total() {}
}

fn main() {
    Cart::total();
}
