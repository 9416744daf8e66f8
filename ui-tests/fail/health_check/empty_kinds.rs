#[ops::health_check("db", kinds())]
async fn database() {}

fn main() {}
