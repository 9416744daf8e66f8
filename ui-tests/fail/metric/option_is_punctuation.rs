#[ops::metric(*)]
static SIZE: ops::Histogram;

fn main() {}
