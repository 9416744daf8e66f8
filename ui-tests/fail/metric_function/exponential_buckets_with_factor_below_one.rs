#[ops::metric(name = "place", buckets = exponential(1.0, 0.5, 4))]
fn place() {}

fn main() {}
