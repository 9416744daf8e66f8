#[ops::metric(none = "error")]
#[ops::instrument_span(error_if = Option::is_none)]
fn find() -> Option<u8> {
    None
}

fn main() {}
