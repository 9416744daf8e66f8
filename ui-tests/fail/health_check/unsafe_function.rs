#[ops::health_check("db")]
unsafe fn read() {}

fn main() {}
