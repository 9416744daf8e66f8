/// Orders accepted.
#[ops::metric(buckets = [1.0, 2.0])]
static ORDERS: ops::Counter;

fn main() {}
