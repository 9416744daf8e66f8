#[ops::metric(buckets = [1])]
fn place() {}

fn main() {}
