#[ops::metric(error_if = Option::is_none, ok_if = Option::is_some)]
fn find() -> Option<u8> {
    None
}

fn main() {}
