#[ops::health_check("db", timeuot = "1s")]
async fn database() {}

fn main() {}
