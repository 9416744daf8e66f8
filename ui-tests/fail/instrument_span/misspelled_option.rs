#[ops::instrument_span(feilds(a = 1))]
fn place() {}

fn main() {}
