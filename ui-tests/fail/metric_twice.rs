#[ops::metric]
#[ops::metric(name = "place")]
fn place() {}

#[ops::instrument_span]
#[ops::instrument_span("sell")]
fn sell() {}

fn main() {}
