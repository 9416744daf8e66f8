#[derive(ops::Labels)]
struct Order {
    #[label("a", rename = "b")]
    place: u8,
}

fn main() {}
