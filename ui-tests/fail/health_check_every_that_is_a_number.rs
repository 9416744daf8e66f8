#[ops::health_check("db", every = 10)]
async fn database() {}

fn main() {}
