#[ops::health_check(name = "db")]
async fn database() {}

#[ops::health_check("disk", critical = "no", tags = "storage", timeuot = "1s")]
async fn disk() {}

#[ops::health_check(queue)]
async fn queue() {}

#[ops::health_check("journal" "log")]
async fn journal() {}

fn main() {}
