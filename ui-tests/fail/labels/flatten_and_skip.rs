#[derive(ops::Labels)]
struct Order {
    #[label(flatten, skip)]
    place: (),
}

fn main() {}
