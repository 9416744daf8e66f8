#[derive(ops::Labels)]
struct Order {
    #[label]
    place: u8,
}

fn main() {}
