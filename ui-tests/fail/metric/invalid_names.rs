#[ops::metric(name = "orders-total")]
static ORDERS: ops::Counter;

#[ops::metric(name = "9lives")]
fn lives() {}

#[ops::metric]
static ÉTATS: ops::Counter;

fn main() {}
