use std::future::{Future, ready};

#[ops::metric]
#[ops::instrument_span]
fn place() -> impl Future<Output = u8> {
    let seven = "seven";
    ready(seven)
}

fn main() {}
