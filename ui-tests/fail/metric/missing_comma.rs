#[ops::metric(name = "size" unit = "bytes")]
static SIZE: ops::Histogram;

fn main() {}
