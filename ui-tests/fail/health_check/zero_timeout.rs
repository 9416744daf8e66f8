#[ops::health_check("db", timeout = "0s")]
async fn database() {}

fn main() {}
