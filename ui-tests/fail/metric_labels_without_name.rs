#[ops::metric(labels(tenant = "acme"))]
fn place() {}

fn main() {}
