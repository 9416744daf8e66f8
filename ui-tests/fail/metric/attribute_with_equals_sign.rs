struct Cart;

#[ops::metric]
impl Cart {
    #[ops::metric = "total"]
    fn total() {}
}

fn main() {
    Cart::total();
}
