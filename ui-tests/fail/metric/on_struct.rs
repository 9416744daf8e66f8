#[ops::metric]
struct Orders;

fn main() {}
