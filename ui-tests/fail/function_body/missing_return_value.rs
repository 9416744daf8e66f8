#[ops::metric]
#[ops::instrument_span]
fn place(number: u8) -> u8 {
    number + 1;
}

fn main() {}
