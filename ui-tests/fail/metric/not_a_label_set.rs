struct Order;

#[ops::metric]
static ORDERS: ops::Counter<Order>;

fn main() {}
