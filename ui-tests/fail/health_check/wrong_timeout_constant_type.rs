const TIMEOUT: u64 = 500;

#[ops::health_check("db", timeout = TIMEOUT)]
async fn database() {}

fn main() {}
