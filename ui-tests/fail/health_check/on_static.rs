#[ops::health_check("db")]
static DATABASE: u8 = 1;

fn main() {}
