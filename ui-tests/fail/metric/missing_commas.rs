#[ops::metric(name = "orders" unit = "bytes")]
static ORDERS: ops::Counter;

#[ops::metric(skip labels(a))]
fn place() {}

fn main() {}
