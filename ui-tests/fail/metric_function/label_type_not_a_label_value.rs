struct Tenant;

#[ops::metric(name = "place", labels(tenant: Tenant = Tenant))]
fn place() {}

fn main() {}
