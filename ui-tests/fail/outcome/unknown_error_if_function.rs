#[ops::metric(error_if = is_missing)]
fn find() -> Option<u8> {
    None
}

fn main() {}
