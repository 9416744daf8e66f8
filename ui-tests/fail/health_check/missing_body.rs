trait Database {
    #[ops::health_check]
    fn ping();
}

fn main() {}
