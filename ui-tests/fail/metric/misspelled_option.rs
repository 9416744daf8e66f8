#[ops::metric(bucktes = [1])]
static SIZE: ops::Histogram;

fn main() {}
