#[ops::metric(max_series = 500)]
fn serve() {}

fn main() {}
