#[ops::health_check("db", timeout = "5 seconds")]
async fn database() {}

#[ops::health_check("disk", timeout = "0s")]
async fn disk() {}

#[ops::health_check("queue", timeout = 500)]
async fn queue() {}

fn main() {}
