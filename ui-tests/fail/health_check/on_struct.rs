#[ops::health_check("db")]
struct Database;

fn main() {}
