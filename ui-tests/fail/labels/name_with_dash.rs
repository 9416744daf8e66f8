#[derive(ops::Labels)]
struct Order {
    #[label("order-size")]
    size: u8,
}

fn main() {}
