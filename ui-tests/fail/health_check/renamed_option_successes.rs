#[ops::health_check("db", successes = 2)]
async fn database() {}

fn main() {}
