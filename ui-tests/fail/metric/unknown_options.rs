#[ops::metric(nmae = "orders", color = "red")]
static ORDERS: ops::Counter;

#[ops::metric(label(tenant = 1))]
fn place() {}

fn main() {}
