struct Pool;

#[ops::health_check("pool")]
impl Pool {
    #[ops::health_check]
    fn ping() {}
}

fn main() {
    Pool::ping();
}
