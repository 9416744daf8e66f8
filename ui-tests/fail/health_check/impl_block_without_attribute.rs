struct Pool;

impl Pool {
    #[ops::health_check]
    fn ping(pool: ops::Resource<Self>) {
        drop(pool);
    }
}

fn main() {}
