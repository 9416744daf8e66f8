const NAME: &str = "order place";

#[ops::instrument_span(NAME)]
async fn place() {}

fn main() {}
