#[ops::health_check("db", tags("storage", 1))]
async fn database() {}

fn main() {}
