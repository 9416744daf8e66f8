struct Order;

#[ops::instrument_span(fields(order = %order))]
fn place(order: Order) {
    drop(order);
}

fn main() {}
