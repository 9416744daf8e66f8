#[ops::metric(name = "serve", result_labels(status = 200))]
fn serve() -> u16 {
    200
}

fn main() {}
