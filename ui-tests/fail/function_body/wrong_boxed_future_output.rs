use std::future::Future;
use std::pin::Pin;

#[ops::metric]
#[ops::instrument_span]
fn place() -> Pin<Box<dyn Future<Output = u8>>> {
    Box::pin(async move { "seven" })
}

fn main() {}
