#[ops::health_check("db" timeout = "1s")]
async fn database() {}

fn main() {}
