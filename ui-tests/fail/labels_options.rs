#[derive(ops::Labels)]
struct Order {
    tenant: u8,
    #[label(rename = "tenant")]
    other: u8,
    #[label(flaten)]
    place: u8,
    #[label(flatten, rename = "x")]
    named: u8,
}

#[derive(ops::LabelValue)]
enum Channel {
    Web,
    #[label("web")]
    Site,
}

fn main() {}
