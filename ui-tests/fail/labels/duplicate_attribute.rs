#[derive(ops::Labels)]
struct Order {
    #[label("a")]
    #[label("b")]
    place: u8,
}

fn main() {}
