#[ops::metric(none = "error")]
fn find() -> Result<u8, u8> {
    Ok(1)
}

fn main() {}
