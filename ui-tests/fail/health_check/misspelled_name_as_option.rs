#[ops::health_check(nmae = "db")]
async fn database() {}

fn main() {}
