#[ops::health_check]
fn generic<T: Default>() {}

#[ops::health_check]
unsafe fn unsafe_check() {}

struct Pool;

impl Pool {
    #[ops::health_check]
    fn ping(&self) {}
}

fn main() {}
