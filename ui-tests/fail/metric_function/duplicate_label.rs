#[ops::metric(name = "place", labels(tenant = 1, tenant = 2))]
fn place() {}

fn main() {}
