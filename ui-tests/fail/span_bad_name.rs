#[ops::instrument_span("order place")]
fn place() {}

#[ops::instrument_span("order..place")]
async fn place_later() {}

fn main() {}
