#[derive(ops::Labels)]
struct Bucket {
    le: u8,
}

#[derive(ops::Labels)]
struct Hidden {
    #[label(rename = "__x")]
    hidden: u8,
}

#[ops::metric(name = "place", labels(outcome = 1))]
fn place() {}

#[derive(ops::LabelValue)]
enum Quantile {
    Half,
}

fn main() {}
