#[ops::metric(name = "serve", result_labels(status = |response| response.status()))]
fn serve() -> u16 {
    200
}

fn main() {}
