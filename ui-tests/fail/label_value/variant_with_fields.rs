#[derive(ops::LabelValue)]
enum Channel {
    Web,
    Other(String),
}

fn main() {}
