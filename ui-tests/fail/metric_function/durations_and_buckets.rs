#[ops::metric(name = "serve", durations = false, buckets = [1, 2])]
fn serve() {}

fn main() {}
