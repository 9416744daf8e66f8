#[ops::metric(name("size"))]
static SIZE: ops::Histogram;

fn main() {}
