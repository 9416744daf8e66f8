#[ops::metric(buckets = [])]
static SIZE: ops::Histogram;

fn main() {}
