#[ops::health_check("db", critical = "no")]
async fn database() {}

fn main() {}
