const PLACE: &str = "place";

#[derive(ops::Labels)]
struct Order {
    #[label(PLACE)]
    place: u8,
}

fn main() {}
