#[ops::metric(none = "fine")]
fn find() -> Option<u8> {
    None
}

fn main() {}
