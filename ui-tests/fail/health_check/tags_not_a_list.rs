#[ops::health_check("db", tags = "storage")]
async fn database() {}

fn main() {}
