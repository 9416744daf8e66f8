#[derive(ops::LabelValue)]
struct Channel;

fn main() {}
