#[ops::metric(name = "place", labels("tenant" = 1))]
fn place() {}

fn main() {}
