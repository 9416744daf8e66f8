#[ops::health_check("db", groups = "storage")]
async fn database() {}

fn main() {}
