const LARGEST: f64 = 4.0;

#[ops::metric(buckets = [LARGEST, LARGEST / 2.0])]
static SIZE: ops::Histogram;

fn main() {}
