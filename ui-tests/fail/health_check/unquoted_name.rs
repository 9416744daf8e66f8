#[ops::health_check(queue)]
async fn database() {}

fn main() {}
