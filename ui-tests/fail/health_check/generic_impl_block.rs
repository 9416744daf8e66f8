struct Pool<T>(T);

#[ops::health_check]
impl<T> Pool<T> {
    #[ops::health_check]
    fn ping() {}
}

fn main() {}
