#[derive(ops::Labels)]
struct Order {
    #[label = "a"]
    place: u8,
}

fn main() {}
