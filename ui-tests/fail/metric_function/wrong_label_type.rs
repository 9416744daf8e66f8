#[ops::metric(name = "place", labels(paid: bool = 1))]
fn place() {}

fn main() {}
