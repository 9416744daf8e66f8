const BUCKETS: [f64; 1] = [1.0];

#[ops::metric(buckets = BUCKETS)]
static SIZE: ops::Histogram;

fn main() {}
