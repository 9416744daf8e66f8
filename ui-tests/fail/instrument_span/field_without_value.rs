#[ops::instrument_span(fields(order.id =))]
fn place() {}

fn main() {}
