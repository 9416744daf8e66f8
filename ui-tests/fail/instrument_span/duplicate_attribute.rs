#[ops::instrument_span]
#[ops::instrument_span("sell")]
fn sell() {}

fn main() {}
