#[ops::metric(unit = "MB")]
static SIZE: ops::Histogram;

fn main() {}
