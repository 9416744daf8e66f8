#[ops::health_check("db", "database")]
async fn database() {}

fn main() {}
