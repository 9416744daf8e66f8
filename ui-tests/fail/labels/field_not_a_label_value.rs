struct Tenant;

#[derive(ops::Labels)]
struct Order {
    tenant: Tenant,
}

fn main() {}
