#[ops::health_check(7)]
async fn database() {}

fn main() {}
