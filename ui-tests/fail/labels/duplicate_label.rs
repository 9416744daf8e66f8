#[derive(ops::Labels)]
struct Order {
    tenant: u8,
    #[label(rename = "tenant")]
    other: u8,
}

fn main() {}
