#[ops::instrument_span(fields(1 = 2))]
fn place() {}

fn main() {}
