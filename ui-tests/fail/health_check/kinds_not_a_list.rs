#[ops::health_check("db", kinds = "readiness")]
async fn database() {}

fn main() {}
