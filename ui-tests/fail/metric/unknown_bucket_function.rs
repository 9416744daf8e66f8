#[ops::metric(buckets = quadratic(1, 2, 3))]
static SIZE: ops::Histogram;

fn main() {}
