#[ops::health_check("db", kind = 1)]
async fn database() {}

fn main() {}
