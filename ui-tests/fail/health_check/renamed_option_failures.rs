#[ops::health_check("db", failures = 3)]
async fn database() {}

fn main() {}
