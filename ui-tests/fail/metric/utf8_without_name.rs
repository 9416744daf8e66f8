#[ops::metric(utf8)]
static ORDERS: ops::Counter;

fn main() {}
