#[ops::metric(none = "error", error_if = Option::is_none)]
fn find() -> Option<u8> {
    None
}

fn main() {}
