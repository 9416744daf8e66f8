#[ops::health_check("Orders DB")]
async fn database() {}

fn main() {}
