struct Pool;

#[ops::health_check("db")]
async fn database(pool: Pool) {
    drop(pool);
}

#[ops::health_check("disk")]
fn disk(path: impl AsRef<str>) {
    drop(path);
}

fn main() {}
