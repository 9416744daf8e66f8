#[ops::health_check("db", every = "10s")]
async fn database() {}

fn main() {}
