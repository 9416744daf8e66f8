const NAME: &str = "order-size";

#[ops::metric(name = NAME)]
static SIZE: ops::Histogram;

fn main() {}
