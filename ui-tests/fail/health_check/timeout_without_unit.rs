#[ops::health_check("db", timeout = "500")]
async fn database() {}

fn main() {}
