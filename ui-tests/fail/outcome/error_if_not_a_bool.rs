fn is_missing(found: &Option<u8>) -> u8 {
    found.unwrap_or(0)
}

#[ops::metric(error_if = is_missing)]
fn find() -> Option<u8> {
    None
}

fn main() {}
