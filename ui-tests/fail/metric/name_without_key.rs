#[ops::metric("size")]
static SIZE: ops::Histogram;

fn main() {}
