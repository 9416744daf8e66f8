#[ops::instrument_span(fields(token, user.id))]
fn log_in(token: &str) {
    drop(token.len());
}

fn main() {}
