#[ops::metric(name = "serve", result_labels(status = |status| *status))]
fn serve() -> f64 {
    200.0
}

fn main() {}
