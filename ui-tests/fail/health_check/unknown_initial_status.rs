#[ops::health_check("db", initial = "up")]
async fn database() {}

fn main() {}
