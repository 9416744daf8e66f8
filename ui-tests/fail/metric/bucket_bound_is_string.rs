#[ops::metric(buckets = ["1"])]
static SIZE: ops::Histogram;

fn main() {}
