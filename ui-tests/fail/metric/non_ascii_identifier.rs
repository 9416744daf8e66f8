#[ops::metric]
static GRÖSSE: ops::Histogram;

fn main() {}
