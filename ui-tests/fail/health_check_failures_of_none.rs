#[ops::health_check("db", failures = 0)]
async fn database() {}

fn main() {}
