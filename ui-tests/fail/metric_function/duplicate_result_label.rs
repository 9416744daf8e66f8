#[ops::metric(name = "serve", labels(status), result_labels(status = |status| *status))]
fn serve(status: u16) -> u16 {
    status
}

fn main() {}
