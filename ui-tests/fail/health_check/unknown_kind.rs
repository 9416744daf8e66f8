#[ops::health_check("db", kind = "alive")]
async fn database() {}

fn main() {}
