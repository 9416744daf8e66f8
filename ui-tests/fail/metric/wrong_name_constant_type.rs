const NAME: u8 = 1;

#[ops::metric(name = NAME)]
static SIZE: ops::Histogram;

fn main() {}
