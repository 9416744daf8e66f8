fn is_large(number: &u64) -> bool {
    *number > 9
}

#[ops::metric(error_if = is_large)]
fn find() -> Option<u8> {
    None
}

fn main() {}
