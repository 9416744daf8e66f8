#[ops::metric]
#[ops::instrument_span]
async fn place(number: u8) -> u8 {
    number.await
}

fn main() {
    drop(place(1));
}
