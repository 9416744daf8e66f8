#[ops::metric(labels(empty = true))]
fn place() {}

fn main() {}
