#[ops::metric(buckets = linear(0, 0, 3))]
static SIZE: ops::Histogram;

fn main() {}
