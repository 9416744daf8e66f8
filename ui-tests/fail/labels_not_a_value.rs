struct Tenant;

#[derive(ops::Labels)]
struct Order {
    tenant: Tenant,
    #[label(flatten)]
    place: Tenant,
}

fn main() {}
