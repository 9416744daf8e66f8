#[derive(ops::LabelValue)]
enum Channel {
    #[label(skip)]
    Web,
}

fn main() {}
