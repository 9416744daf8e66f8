const UNIT: &str = "MB";

#[ops::metric(unit = UNIT)]
static SIZE: ops::Histogram;

fn main() {}
