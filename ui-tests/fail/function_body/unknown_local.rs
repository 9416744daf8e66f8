#[ops::metric]
#[ops::instrument_span]
async fn place() -> u8 {
    seven
}

fn main() {}
