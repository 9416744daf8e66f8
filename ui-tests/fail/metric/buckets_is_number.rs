#[ops::metric(buckets = 7)]
static SIZE: ops::Histogram;

fn main() {}
