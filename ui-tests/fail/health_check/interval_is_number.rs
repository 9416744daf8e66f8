#[ops::health_check("db", interval = 10)]
async fn database() {}

fn main() {}
