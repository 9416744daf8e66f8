#[ops::metric]
static ORDERS: u64;

fn main() {}
