#[ops::health_check(name = "db")]
async fn database() {}

fn main() {}
