#[ops::health_check("db", failure_treshold = 3)]
async fn database() {}

fn main() {}
