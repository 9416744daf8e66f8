#[ops::metric(name = "serve", result_labels(le = |status| *status))]
fn serve() -> u16 {
    200
}

fn main() {}
