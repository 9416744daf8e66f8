#[derive(ops::Labels)]
struct Order {
    #[label(flaten)]
    place: u8,
}

fn main() {}
