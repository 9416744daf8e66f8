#[ops::metric(name = "place", labels(__name = 1))]
fn place() {}

fn main() {}
