#[ops::metric]
#[ops::instrument_span]
fn place(order: &str) -> &str {
    let local = order.to_owned();
    &local
}

fn main() {}
