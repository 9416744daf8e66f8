#[ops::metric(result_labels(status = |status| *status))]
fn serve() -> u16 {
    200
}

fn main() {}
