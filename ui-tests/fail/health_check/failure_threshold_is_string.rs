#[ops::health_check("db", failure_threshold = "3")]
async fn database() {}

fn main() {}
