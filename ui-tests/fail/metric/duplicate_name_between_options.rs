#[ops::metric(name = "orders", unit = "bytes", name = "sales")]
static ORDERS: ops::Counter;

fn main() {}
