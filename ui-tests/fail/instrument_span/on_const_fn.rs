#[ops::instrument_span]
const fn place() {}

fn main() {}
