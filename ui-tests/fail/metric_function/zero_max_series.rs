#[ops::metric(name = "serve", labels(path), max_series = 0)]
fn serve(path: &str) -> usize {
    path.len()
}

fn main() {}
