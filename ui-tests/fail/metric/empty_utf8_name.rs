#[ops::metric(name = "", utf8)]
static NOTHING: ops::Counter;

fn main() {}
