#[ops::metric(name = "order-size")]
static SIZE: ops::Histogram;

fn main() {}
