struct Tenant;

#[derive(ops::Labels)]
struct Order {
    #[label(flatten)]
    tenant: Tenant,
}

fn main() {}
