#[ops::metric(name = "serve", labels(path), ttl = "60")]
fn serve(path: &str) -> usize {
    path.len()
}

fn main() {}
