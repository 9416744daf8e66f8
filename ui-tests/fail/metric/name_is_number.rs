#[ops::metric(name = 5)]
static SIZE: ops::Histogram;

fn main() {}
