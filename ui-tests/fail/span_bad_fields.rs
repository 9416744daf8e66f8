struct Order;

#[ops::instrument_span(fields(order = order))]
fn value(order: Order) {
    drop(order);
}

#[ops::instrument_span(fields(order = %order))]
fn display(order: Order) {
    drop(order);
}

#[ops::instrument_span(fields(order = ?order))]
fn debug(order: Order) {
    drop(order);
}

#[ops::instrument_span(fields(a.b = 1, a.b = 2))]
fn duplicate() {}

fn main() {}
