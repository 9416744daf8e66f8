#[ops::metric]
static ORDERS: ops::Counter = ops::Counter::new();

#[ops::metric]
static mut SALES: ops::Counter;

fn main() {
    ORDERS.inc();
}
