#[ops::metric(durations)]
fn serve() {}

fn main() {}
