struct Cart;

#[ops::metric(name = "cart")]
impl Cart {
    #[ops::metric(skip)]
    fn total() {}
}

struct Shop;

#[ops::metric]
impl Shop {
    #[ops::metric(nmae = "open")]
    #[ops::instrument_span]
    fn open() {}

    fn close() {}
}

fn main() {
    Cart::total();
    Shop::open();
    Shop::close();
}
