#![deny(unused_variables)]

#[ops::metric]
#[ops::instrument_span]
pub async fn place(order: u8) {}

fn main() {}
