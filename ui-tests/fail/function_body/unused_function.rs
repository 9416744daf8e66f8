#![deny(dead_code)]

#[ops::metric]
#[ops::instrument_span]
fn place() {}

fn main() {}
