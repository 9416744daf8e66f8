#[ops::health_check("db", interval = "0s")]
async fn database() {}

fn main() {}
