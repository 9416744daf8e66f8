struct Pool;

impl Pool {
    #[ops::health_check]
    fn ping() {}
}

fn main() {}
