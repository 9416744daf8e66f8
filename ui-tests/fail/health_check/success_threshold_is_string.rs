#[ops::health_check("db", success_threshold = "2")]
async fn database() {}

fn main() {}
