#[ops::metric]
trait Shop {}

fn main() {}
