struct Pool;

impl Pool {
    #[ops::health_check]
    fn ping(&self) {}
}

fn main() {}
