#[ops::metric(name = "serve", result_labels = status)]
fn serve() -> u16 {
    200
}

fn main() {}
