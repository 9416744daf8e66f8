#[ops::metric]
#[ops::instrument_span]
fn place(order: String) -> usize {
    drop(order);
    order.len()
}

fn main() {}
