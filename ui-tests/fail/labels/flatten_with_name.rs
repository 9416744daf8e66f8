#[derive(ops::Labels)]
struct Order {
    #[label(flatten, rename = "x")]
    place: (),
}

fn main() {}
