#[ops::metric(buckets = linear(0, 1, 0))]
static SIZE: ops::Histogram;

fn main() {}
