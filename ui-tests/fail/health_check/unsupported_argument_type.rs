struct Pool;

#[ops::health_check("db")]
async fn database(pool: Pool) {
    drop(pool);
}

fn main() {}
