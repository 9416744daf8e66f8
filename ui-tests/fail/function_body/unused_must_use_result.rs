#![deny(unused_must_use)]

#[ops::metric]
#[ops::instrument_span]
#[must_use]
fn place() -> u8 {
    7
}

fn main() {
    place();
}
