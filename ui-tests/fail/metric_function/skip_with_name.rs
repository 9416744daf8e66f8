struct Cart;

#[ops::metric]
impl Cart {
    #[ops::metric(skip, name = "total")]
    fn total() {}
}

fn main() {
    Cart::total();
}
