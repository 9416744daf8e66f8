#[ops::health_check("db", groups("Storage"))]
async fn database() {}

fn main() {}
