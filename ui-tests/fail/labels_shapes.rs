#[derive(ops::Labels)]
struct Tuple(u8);

#[derive(ops::Labels)]
enum Channel {
    Web,
}

#[derive(ops::LabelValue)]
struct Value;

#[derive(ops::LabelValue)]
enum WithFields {
    Web,
    Other(String),
}

fn main() {}
