#[ops::instrument_span(fields(a.b = 1, a.b = 2))]
fn place() {}

fn main() {}
