#[ops::metric]
static ORDERS: ops::Counter = ops::Counter::new();

fn main() {}
