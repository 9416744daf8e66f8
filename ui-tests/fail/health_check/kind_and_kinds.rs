#[ops::health_check("db", kind = "readiness", kinds("startup"))]
async fn database() {}

fn main() {}
