#[ops::health_check("db", every = "0s")]
async fn database() {}

fn main() {}
