#[ops::health_check("db", color = "red")]
async fn database() {}

fn main() {}
