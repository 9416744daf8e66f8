#[ops::health_check("db")]
fn generic<T: Default>() {}

fn main() {}
