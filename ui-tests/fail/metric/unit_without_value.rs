#[ops::metric(unit)]
static SIZE: ops::Histogram;

fn main() {}
