#[derive(ops::LabelValue)]
enum Channel {
    Web,
    #[label("web")]
    Site,
}

fn main() {}
