#[ops::metric(error_if = |found| found.is_none())]
fn find() -> Option<u8> {
    None
}

fn main() {}
