#[ops::metric(name = "place", labels(outcome = 1))]
fn place() {}

fn main() {}
