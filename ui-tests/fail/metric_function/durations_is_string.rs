#[ops::metric(durations = "none")]
fn serve() {}

fn main() {}
