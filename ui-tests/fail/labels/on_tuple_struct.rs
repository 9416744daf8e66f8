#[derive(ops::Labels)]
struct Order(u8);

fn main() {}
