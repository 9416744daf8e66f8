struct Tenant;

#[ops::metric(name = "place", labels(tenant = Tenant))]
fn place() {}

fn main() {}
