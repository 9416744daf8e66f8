#[ops::metric(none)]
fn find() -> Option<u8> {
    None
}

fn main() {}
