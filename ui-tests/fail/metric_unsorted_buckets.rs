#[ops::metric(buckets = [1, 3, 2])]
static SIZE: ops::Histogram;

#[ops::metric(name = "place", buckets = exponential(1.0, 0.5, 4))]
fn place() {}

fn main() {}
