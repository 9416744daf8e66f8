#[ops::metric(buckets = linear(1, 2))]
static SIZE: ops::Histogram;

fn main() {}
