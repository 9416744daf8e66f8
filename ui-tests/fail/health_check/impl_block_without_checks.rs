struct Pool;

#[ops::health_check]
impl Pool {
    fn ping() {}
}

fn main() {
    Pool::ping();
}
