#[derive(ops::Labels)]
union Order {
    tenant: u8,
}

fn main() {}
