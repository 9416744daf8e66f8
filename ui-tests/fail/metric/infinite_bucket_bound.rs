#[ops::metric(buckets = [1, f64::INFINITY])]
static SIZE: ops::Histogram;

fn main() {}
