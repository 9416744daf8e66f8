#[ops::health_check("db", initial = true)]
async fn database() {}

fn main() {}
