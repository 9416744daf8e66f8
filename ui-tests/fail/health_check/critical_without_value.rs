#[ops::health_check("db", critical)]
async fn database() {}

fn main() {}
