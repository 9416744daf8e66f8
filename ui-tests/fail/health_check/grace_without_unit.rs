#[ops::health_check("db", grace = "30")]
async fn database() {}

fn main() {}
