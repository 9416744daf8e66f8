#[ops::instrument_span(fields = order)]
fn place() {}

fn main() {}
