#[ops::metric(nmae = "orders", colour = "red")]
static ORDERS: ops::Counter;

#[ops::metric(label(tenant = 1))]
fn place() {}

fn main() {}
