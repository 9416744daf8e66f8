#[ops::metric(utf8)]
static ORDERS: ops::Counter;

#[ops::metric(utf8)]
fn place() {}

#[ops::metric(name = "orders.placed", utf8 = true)]
static PLACED: ops::Counter;

#[ops::metric(name = "", utf8)]
static NOTHING: ops::Counter;

fn main() {}
