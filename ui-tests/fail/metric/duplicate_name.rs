#[ops::metric(name = "a", name = "b")]
static SIZE: ops::Histogram;

fn main() {}
