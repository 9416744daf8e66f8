#[derive(ops::LabelValue)]
enum Quantile {
    Half,
}

fn main() {}
