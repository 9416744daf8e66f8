#[ops::metric(labels(a = 1))]
static SIZE: ops::Histogram;

fn main() {}
