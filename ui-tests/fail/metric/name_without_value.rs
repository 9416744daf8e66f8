#[ops::metric(name =)]
static SIZE: ops::Histogram;

fn main() {}
