#[ops::instrument_span(name = "order.place")]
fn place() {}

fn main() {}
