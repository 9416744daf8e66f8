#[ops::metric(buckets = [1, 3, 2])]
static SIZE: ops::Histogram;

fn main() {}
