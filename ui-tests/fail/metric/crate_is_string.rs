#[ops::metric(crate = "operations")]
static SIZE: ops::Histogram;

fn main() {}
