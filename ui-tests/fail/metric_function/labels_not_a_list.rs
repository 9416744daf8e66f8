#[ops::metric(name = "place", labels = tenant)]
fn place() {}

fn main() {}
