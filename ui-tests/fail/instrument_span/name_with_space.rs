#[ops::instrument_span("order place")]
fn place() {}

fn main() {}
