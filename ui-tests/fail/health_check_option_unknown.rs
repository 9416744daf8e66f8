#[ops::health_check("db", colour = "red")]
async fn database() {}

fn main() {}
