#[ops::health_check("db", failure_threshold = 0)]
async fn database() {}

fn main() {}
