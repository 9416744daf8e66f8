#[ops::metric]
#[ops::instrument_span]
fn place() -> u8 {
    "seven"
}

fn main() {}
