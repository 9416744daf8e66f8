#[ops::health_check("db", timeout = "5 seconds")]
async fn database() {}

fn main() {}
