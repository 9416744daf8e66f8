#[ops::metric(buckets = [1])]
static SIZE: ops::Gauge;

fn main() {}
