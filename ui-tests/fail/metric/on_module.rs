#[ops::metric]
mod shop {}

fn main() {}
