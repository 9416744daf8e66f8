#[ops::metric(buckets = 7)]
static SIZE: ops::Histogram;

#[ops::metric(buckets = linear(1, 2))]
static LENGTH: ops::Histogram;

fn main() {}
