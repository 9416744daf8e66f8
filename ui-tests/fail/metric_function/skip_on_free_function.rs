#[ops::metric(skip)]
fn place() {}

fn main() {}
