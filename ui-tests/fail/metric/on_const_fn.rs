#[ops::metric]
const fn double(number: u64) -> u64 {
    number * 2
}

struct Cart;

#[ops::metric]
impl Cart {
    const fn items() -> u8 {
        0
    }
}

fn main() {
    assert_eq!(double(2) + u64::from(Cart::items()), 4);
}
