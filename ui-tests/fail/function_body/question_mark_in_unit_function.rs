#[ops::metric]
#[ops::instrument_span]
fn place() {
    "7".parse::<u8>()?;
}

fn main() {}
