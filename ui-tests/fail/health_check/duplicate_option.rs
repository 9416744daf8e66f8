#[ops::health_check("db", timeout = "1s", timeout = "2s")]
async fn database() {}

fn main() {}
