#[ops::metric]
#[ops::instrument_span]
async fn place() -> u8 {
    if true {
        return "seven";
    }
    7
}

fn main() {}
