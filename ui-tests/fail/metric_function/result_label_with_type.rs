#[ops::metric(name = "serve", result_labels(status: u16 = |status| *status))]
fn serve() -> u16 {
    200
}

fn main() {}
