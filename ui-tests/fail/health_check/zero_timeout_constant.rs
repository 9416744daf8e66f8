use std::time::Duration;

const TIMEOUT: Duration = Duration::ZERO;

#[ops::health_check("db", timeout = TIMEOUT)]
async fn database() {}

fn main() {}
