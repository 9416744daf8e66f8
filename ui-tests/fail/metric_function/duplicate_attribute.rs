#[ops::metric]
#[ops::metric(name = "place")]
fn place() {}

fn main() {}
