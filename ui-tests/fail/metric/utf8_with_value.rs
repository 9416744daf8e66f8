#[ops::metric(name = "orders.placed", utf8 = true)]
static PLACED: ops::Counter;

fn main() {}
