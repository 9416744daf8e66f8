#[ops::metric]
static mut ORDERS: ops::Counter;

fn main() {}
